import CFuzzer
import Glibc

// Usage: FUZZ_PARSER=name fuzz-parsers [options of libFuzzer] corpus
//        FUZZ_PARSER=name fuzz-parsers seed FILE     writes a first input, where one is computed

if CommandLine.arguments.dropFirst().first == "seed", let path = CommandLine.arguments.last {
    try Parser.chosen.writeSeed(to: path)
    exit(0)
}
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, count in
        Parser.chosen.take(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
    })
