internal import GRDB

/// The tables of the event database as a list of steps. `user_version` counts the steps that a
/// database has been through. A released step never changes; a change of the tables is one more.
package struct Schema: Sendable {
    /// "EARW" as a big-endian number, the `application_id` in the header of the file
    /// (sqlite.org/fileformat2.html, offset 68).
    package static let applicationID: Int32 = 0x4541_5257

    package static let current = Schema(steps: [firstStep])

    /// The SQL of each step, the first one for an empty database.
    package var steps: [String]

    package init(steps: [String]) {
        self.steps = steps
    }

    /// The number of the newest schema that this program knows.
    package var version: Int { steps.count }

    /// One migration a step. The steps and `user_version` change in one transaction.
    var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (index, step) in steps.enumerated() {
            migrator.registerMigration("schema \(index + 1)") { db in
                try db.execute(sql: step)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
            }
        }
        return migrator
    }

    /// The schema number of an open database.
    static func version(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }
}

extension Schema {
    /// Times are UTC microseconds. `docs/database.md` describes each column.
    ///
    /// `event_onset` serves `--since`: it holds (onset_us, id, part), so it also gives the order.
    /// `event_length` holds the lengths, whose largest says how far before the asked period an
    /// event that reaches into it can have begun. `event_ended` is the order in which events
    /// ended, for `--follow`.
    private static let firstStep = """
        CREATE TABLE source (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE label (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE event (
          id INTEGER NOT NULL,
          part INTEGER NOT NULL CHECK (part >= 1),
          source INTEGER NOT NULL REFERENCES source (id),
          label INTEGER NOT NULL REFERENCES label (id),
          onset_us INTEGER NOT NULL,
          heard_until_us INTEGER NOT NULL CHECK (heard_until_us >= onset_us),
          peak_confidence REAL NOT NULL CHECK (peak_confidence BETWEEN 0 AND 1),
          mean_confidence REAL NOT NULL CHECK (mean_confidence BETWEEN 0 AND 1),
          status TEXT NOT NULL CHECK (status IN ('open', 'complete', 'interrupted')),
          ended_order INTEGER CHECK ((ended_order IS NULL) = (status = 'open')),
          PRIMARY KEY (id, part)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX event_onset ON event (onset_us);
        CREATE INDEX event_label_onset ON event (label, onset_us);
        CREATE INDEX event_length ON event (heard_until_us - onset_us);
        CREATE UNIQUE INDEX event_ended ON event (ended_order) WHERE ended_order IS NOT NULL;
        CREATE INDEX event_open ON event (status) WHERE status = 'open';
        CREATE TABLE recording (
          id INTEGER PRIMARY KEY,
          source INTEGER NOT NULL REFERENCES source (id),
          started_us INTEGER NOT NULL,
          ended_us INTEGER NOT NULL CHECK (ended_us >= started_us),
          sample_rate INTEGER NOT NULL CHECK (sample_rate > 0),
          captured_samples INTEGER NOT NULL CHECK (captured_samples >= 0),
          lost_samples INTEGER NOT NULL CHECK (lost_samples >= 0),
          model TEXT NOT NULL,
          status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'interrupted'))
        ) STRICT;
        CREATE INDEX recording_started ON recording (started_us);
        CREATE TABLE gap (
          source INTEGER NOT NULL REFERENCES source (id),
          start_us INTEGER NOT NULL,
          end_us INTEGER NOT NULL CHECK (end_us >= start_us),
          lost_samples INTEGER NOT NULL CHECK (lost_samples >= 0),
          cause TEXT NOT NULL,
          PRIMARY KEY (source, start_us, cause)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE hook_run (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          rule TEXT NOT NULL,
          event_id INTEGER NOT NULL,
          fired_us INTEGER NOT NULL,
          started_us INTEGER NOT NULL,
          outcome TEXT NOT NULL,
          exit_status INTEGER,
          signal INTEGER,
          duration_s REAL CHECK (duration_s >= 0),
          output_tail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX hook_run_rule_fired ON hook_run (rule, fired_us);
        CREATE INDEX hook_run_started ON hook_run (started_us);
        CREATE INDEX hook_run_event ON hook_run (event_id);
        """
}
