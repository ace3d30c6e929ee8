// Two threads on one ring, again and again, for ThreadSanitizer: see `run` next to this file.
import Foundation

let rounds = 6
let offered = 40_000
var heard = 0

for _ in 0..<rounds {
    let ring = SampleRing(capacity: 256)
    let producer = Thread { produce(into: ring) }
    producer.start()
    heard += consume(from: ring)
}
print("heard \(heard) of \(rounds * offered) samples")

func produce(into ring: SampleRing) {
    let block = [Float](repeating: 0.5, count: 61)
    for turn in 0..<(offered / block.count) {
        while ring.freeCount < block.count, turn % 100 != 0 { continue }
        if turn % 80 == 0 { ring.tagTime(nanoseconds: Int64(turn)) }
        if turn % 150 == 0 { ring.tagGap(lostSamples: 1, cause: .overrun) }
        _ = block.withUnsafeBufferPointer { ring.write($0) }
    }
    ring.finish()
}

func consume(from ring: SampleRing) -> Int {
    var block = [Float](repeating: 0, count: 97)
    var heard = 0
    while true {
        switch block.withUnsafeMutableBufferPointer({ ring.read(into: $0) }) {
        case .samples(_, let count): heard += count
        case .finished: return heard
        case .gap, .time, .empty: continue
        }
    }
}
