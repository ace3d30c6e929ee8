import Foundation
import TestSupport
import Testing

@testable import ModelFormat
@testable import Teaching

@Suite struct BackgroundSetTests {
    private func file(model: UInt32 = 7, size: Int = 2, steps: Int = 2) -> [UInt8] {
        let header = """
            {"model":\(model),"size":\(size),"groups":[{"name":"rain","steps":\(steps)},\
            {"name":"snoring","steps":1}]}
            """
        let values = [1, -2, 0.5, 0.25, 3, 4].flatMap { value -> [UInt8] in
            let bits = Float16(value).bitPattern
            return [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
        }
        return BackgroundSet.frame.encoded(header: Array(header.utf8), values: values)
    }

    @Test func theBuiltInOneIsThatOfTheBuiltInModel() throws {
        let model = try Model.builtIn()
        let background = try BackgroundSet(of: model, at: nil)
        #expect(background.embeddings.count > 1_000)
        #expect(background.embeddings.count == background.groupOfStep.count)
        // Every label is there, and sounds that have none.
        let names = Set(background.groups.map(\.name))
        #expect(names.isSuperset(of: model.labels))
        #expect(names.count > model.labels.count + 5)
    }

    @Test func itHoldsWhatTheFileSays() throws {
        let background = try BackgroundSet(bytes: file(), name: "x")
        #expect(background.model == 7)
        #expect(background.groupOfStep == [0, 0, 1])
        #expect((0..<3).map(background.embeddings.row) == [[1, -2], [0.5, 0.25], [3, 4]])
    }

    @Test func refusesEveryTruncationAndFlippedBit() {
        let good = file()
        for length in good.indices {
            #expect(throws: TeachingError.self) {
                try BackgroundSet(bytes: Array(good[..<length]), name: "x")
            }
            var bad = good
            bad[length] ^= 1 << (length % 8)
            #expect(throws: TeachingError.self) { try BackgroundSet(bytes: bad, name: "x") }
        }
    }

    @Test(arguments: [(0, 2), (3, 2), (2, 1), (2, -1), (Int.max, 2), (2, Int.max), (2, Int.min)])
    func refusesSizesThatDoNotFill(size: Int, steps: Int) {
        #expect(throws: TeachingError.self) {
            try BackgroundSet(bytes: file(size: size, steps: steps), name: "x")
        }
    }

    /// Two bytes of an embedding of one value become 32 in the table.
    @Test func refusesMoreStepsThanAnyBackgroundHas() {
        let steps = 1 << 18
        let header = "{\"model\":7,\"size\":1,\"groups\":[{\"name\":\"x\",\"steps\":\(steps + 1)}]}"
        let bytes = BackgroundSet.frame.encoded(
            header: Array(header.utf8), values: [UInt8](repeating: 0, count: 2 * (steps + 1)))
        #expect(throws: TeachingError.self) { try BackgroundSet(bytes: bytes, name: "x") }
    }

    /// 2 · steps · size overflows although each of them is held within the length of the file.
    @Test func refusesSizesWhoseProductOverflows() {
        let values = [UInt8](repeating: 0, count: 36 << 20)
        let group = BackgroundSet.Group(name: "x", steps: Int.max)
        for size in [values.count, Int.max, .min] {
            #expect(throws: TeachingError.self) {
                try BackgroundSet(
                    model: 7, size: size, groups: Array(repeating: group, count: 4_096),
                    values: values[...], name: "x")
            }
        }
    }

    @Test func thatOfAnotherModelIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("mine.soundnet")
        let model = try Model.builtIn()
        #expect(throws: TeachingError.noBackground(path: path + ".background")) {
            try BackgroundSet(of: model, at: path)
        }
        try Data(file()).write(to: URL(filePath: path + ".background"))
        #expect(throws: TeachingError.backgroundOfAnotherModel(name: path + ".background")) {
            try BackgroundSet(of: model, at: path)
        }
    }
}
