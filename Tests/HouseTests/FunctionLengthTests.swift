import Testing

/// Which functions are found, and how long they are taken to be.
@Suite struct FunctionLengthTests {
    private typealias Function = FunctionLengths.Function

    @Test func swift() {
        let text = #"""
            protocol Heard { func level() -> Int; var name: String { get } }
            struct Meter: Heard {
                let a = "func no() {", b = Int.init("}")
                var name: String {
                    "a \(map { "}" }) b" // }
                }
                var values = [1].map {
                    $0
                }
                init?(of text: String = { "" }()) {
                    self.init(text)
                }
                func level() -> Int where A == B
                {
                    /* { /* { */ */
                    let word = /[{"]/
                    func inner() {}
                    return """
                        {{{ "
                        """
                }
                static func == (left: Meter, right: Meter) -> Bool { true }
                subscript(index: Int) -> Int { 1 }
                deinit {
                }
            }
            """#
        #expect(
            FunctionLengths.functions(of: SourceFile("a.swift", text)) == [
                Function(name: "name", line: 1, lines: 1),
                Function(name: "name", line: 4, lines: 3),
                Function(name: "init", line: 10, lines: 3),
                Function(name: "level", line: 13, lines: 9),
                Function(name: "inner", line: 17, lines: 1),
                Function(name: "==", line: 22, lines: 1),
                Function(name: "subscript", line: 23, lines: 1),
                Function(name: "deinit", line: 24, lines: 2),
            ])
    }

    @Test func c() {
        let text = #"""
            #define LOOP(x) for (;;) { \
                x
            static const char a[] = {'{', "}"[0]};
            struct pair { int first; };
            /* { */
            static int
            sum(const int *x, int n) {
                if (n > 0) { // {
                    return x[0];
                }
                return 0;
            }
            void *none(void) { return 0; }
            """#
        #expect(
            FunctionLengths.functions(of: SourceFile("a.c", text)) == [
                Function(name: "sum", line: 6, lines: 7),
                Function(name: "none", line: 13, lines: 1),
            ])
    }

    @Test func python() {
        let text = """
            class A:
                def first(self, a,
                          b):
                    return a

                async def second(self):
                    def inner(
                        c
                    ):
                        return c

                    return inner

            def third(): pass
            """
        #expect(
            FunctionLengths.functions(of: SourceFile("a.py", text)) == [
                Function(name: "first", line: 2, lines: 3),
                Function(name: "second", line: 6, lines: 7),
                Function(name: "inner", line: 7, lines: 4),
                Function(name: "third", line: 14, lines: 1),
            ])
    }

    @Test func tooLong() {
        let fits = "func fits() {" + String(repeating: "\n", count: 69) + "}\n"
        let long = "func long() {" + String(repeating: "\n", count: 70) + "}\n"
        #expect(
            FunctionLengths.violations(SourceFile("a.swift", fits + long)).map(\.description) == [
                "a.swift:71: long has 71 lines, 70 at most"
            ])
    }
}
