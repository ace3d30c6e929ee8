import Timekeeping

/// Seconds after a moment on a Friday, a whole second.
func time(_ seconds: Double) -> UTCTime {
    UTCTime(microseconds: 1_800_000_000_000_000).adding(seconds: seconds)
}

func seconds(_ time: UTCTime) -> Double {
    time.seconds(since: UTCTime(microseconds: 1_800_000_000_000_000))
}
