/// Something for each source. There are few sources, so comparing their names one after another is
/// quicker than hashing them, which is done for each rule and second.
struct BySource<Value: Sendable>: Sendable {
    private var entries: [(source: String, value: Value)] = []

    /// Sorted.
    var sources: [String] { entries.map(\.source).sorted() }

    private func index(_ source: String) -> Int? {
        entries.firstIndex { $0.source == source }
    }

    subscript(source: String) -> Value? {
        get { index(source).map { entries[$0].value } }
        set {
            let index = index(source)
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append((source, value))
            case (nil, nil): break
            }
        }
    }

    /// What is there, to be changed in place; `first` if there is nothing yet.
    subscript(source: String, default first: @autoclosure () -> Value) -> Value {
        get { index(source).map { entries[$0].value } ?? first() }
        _modify {
            if index(source) == nil { entries.append((source, first())) }
            // It is there, by the line before.
            let index = index(source) ?? entries.endIndex - 1
            yield &entries[index].value
        }
    }

    /// Changes what is there, if anything is.
    mutating func change(_ source: String, _ body: (inout Value) -> Void) {
        if let index = index(source) { body(&entries[index].value) }
    }
}
