/// Something for each source. There are few sources, so comparing their names one after another is
/// quicker than hashing them, which is done for each rule and second.
struct BySource<Value: Sendable>: Sendable {
    private var names: [String] = []
    private(set) var values: [Value] = []

    /// Sorted.
    var sources: [String] { names.sorted() }

    private func index(_ source: String) -> Int? { names.firstIndex(of: source) }

    subscript(source: String) -> Value? {
        get { index(source).map { values[$0] } }
        set {
            switch (index(source), newValue) {
            case (let index?, let value?): values[index] = value
            case (let index?, nil):
                names.remove(at: index)
                values.remove(at: index)
            case (nil, let value?): append(value, source)
            case (nil, nil): break
            }
        }
    }

    /// What is there, to be changed in place; `first` if there is nothing yet.
    subscript(source: String, default first: @autoclosure () -> Value) -> Value {
        get { self[source] ?? first() }
        _modify {
            let index = index(source) ?? append(first(), source)
            yield &values[index]
        }
    }

    @discardableResult
    private mutating func append(_ value: Value, _ source: String) -> Int {
        names.append(source)
        values.append(value)
        return names.endIndex - 1
    }

    /// Looks at what is there, if anything is, without a copy of it.
    func read<Part>(_ source: String, _ body: (Value) -> Part) -> Part? {
        index(source).map { body(values[$0]) }
    }

    /// Changes what is there, if anything is.
    mutating func change(_ source: String, _ body: (inout Value) -> Void) {
        if let index = index(source) { body(&values[index]) }
    }

    mutating func changeAll(_ body: (inout Value) -> Void) {
        for index in values.indices { body(&values[index]) }
    }
}
