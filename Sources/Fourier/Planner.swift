internal import Synchronization

/// FFTW's planner is the one part of it that is not thread-safe (FFTW manual, 5.4).
let planner = Mutex(())
