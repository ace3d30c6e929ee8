public import SoundTypes
public import Timekeeping

/// What there is to explain a decision with: a stretch of the spectrogram the network saw, and the
/// scores it gave.
public struct Evidence: Sendable, Hashable {
    /// A label and its scores over the stretch.
    public struct Curve: Sendable, Hashable {
        public var label: String
        /// [steps]
        public var scores: [Float]
        /// [steps]: as the tracker smooths them
        public var smoothed: [Float]

        public init(label: String, scores: [Float], smoothed: [Float]) {
            self.label = label
            self.scores = scores
            self.smoothed = smoothed
        }
    }

    public var features: FeatureParameters
    public var framesPerStep: Int
    /// When frame 0 and step 0 begin, in seconds from the origin of time.
    public var startSeconds: Double
    /// [frames][bands]
    public var logMel: [Float]
    /// The label that is explained first, then the others.
    public var curves: [Curve]

    public init(
        features: FeatureParameters, framesPerStep: Int, startSeconds: Double, logMel: [Float],
        curves: [Curve]
    ) {
        self.features = features
        self.framesPerStep = framesPerStep
        self.startSeconds = startSeconds
        self.logMel = logMel
        self.curves = curves
    }

    public var frameCount: Int { logMel.count / features.bands }
    public var stepSeconds: Double { features.hopSeconds * Double(framesPerStep) }

    /// The beginning of a frame, in seconds from the origin of time.
    public func seconds(ofFrame frame: Int) -> Double {
        startSeconds + features.hopSeconds * Double(frame)
    }

    /// The beginning of a step, in seconds from the origin of time.
    public func seconds(ofStep step: Int) -> Double {
        seconds(ofFrame: step * framesPerStep)
    }
}

extension Evidence {
    /// What was kept of an event. Time is counted from its onset.
    public init(_ picture: EventPicture, onset: UTCTime) {
        let stepSeconds = picture.features.hopSeconds * Double(picture.framesPerStep)
        var table = ScoreTable(labels: picture.labels, stepSeconds: stepSeconds)
        let steps = picture.scores.count / picture.labels.count
        for step in 0..<steps {
            let scores = picture.labels.indices.map { row in
                Float(picture.scores[row * steps + step]) / 255
            }
            table.append(scores.span)
        }
        let smoothing = picture.parameters.smoothingSeconds
        self.init(
            features: picture.features, framesPerStep: picture.framesPerStep,
            startSeconds: picture.start.seconds(since: onset), logMel: picture.logMel,
            curves: picture.labels.indices.map { index in
                Curve(
                    label: picture.labels[index], scores: table.curve(of: index),
                    smoothed: table.smoothedCurve(of: index, seconds: smoothing))
            })
    }
}
