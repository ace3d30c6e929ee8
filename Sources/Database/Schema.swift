package import GRDB

/// The tables of the event database as a list of steps. `user_version` counts the steps that a
/// database has been through. A released step never changes; changing the tables takes another
/// step.
package struct Schema: Sendable {
    /// "EARW" as a big-endian number, the `application_id` in the header of the file
    /// (sqlite.org/fileformat2.html, offset 68).
    package static let applicationID: Int32 = 0x4541_5257

    package static let current = Schema(
        steps: [firstStep, secondStep, thirdStep, fourthStep, fifthStep, sixthStep])

    /// The SQL of each step, the first one for an empty database.
    package var steps: [String]

    package init(steps: [String]) {
        self.steps = steps
    }

    /// The number of the newest schema that this program knows.
    package var version: Int { steps.count }

    /// One migration per step. The step and `user_version` change in one transaction.
    package var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (index, step) in steps.enumerated() {
            migrator.registerMigration("schema \(index + 1)") { db in
                try db.execute(sql: step)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
            }
        }
        return migrator
    }

    /// Whether a database has the tables of its version, to the letter.
    package func isIntact(in db: Database) throws -> Bool {
        let columns = """
            SELECT name || ': ' || sql FROM sqlite_schema WHERE type = 'table'
            AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
            """
        let model = try DatabaseQueue()
        let version = try Self.version(of: db)
        try Schema(steps: Array(steps.prefix(version))).migrator.migrate(model)
        let tables = try model.read { try String.fetchSet($0, sql: columns) }
        return try String.fetchSet(db, sql: columns).isSuperset(of: tables)
    }

    /// The schema number of an open database.
    package static func version(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }
}

extension Schema {
    /// Times are UTC microseconds. `docs/database.md` describes each column.
    ///
    /// `event_onset` serves `--since`: it holds (onset_us, id, part), so it also gives the order.
    /// `event_length` holds the lengths; the largest says how far before the requested period an
    /// event that reaches into it can have begun. `event_ended` is the order in which events ended,
    /// for `--follow`.
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

    /// Levels. Their times are whole UTC seconds; their numbers are relative to full scale, and
    /// `scale` says what turns them into sound pressure levels.
    ///
    /// The key of `level_second` holds measurement and second in one number, because only a table
    /// with a rowid is filled to the last byte when rows come in order: a day takes 7.6 MB instead
    /// of 8.4 MB with both as the key of a table without one. Histograms and roll-ups have rowids
    /// too: without one, whatever a row has beyond a quarter of a page goes to a page of its own
    /// (sqlite.org/fileformat2.html, section 1.6).
    ///
    /// NULLs are distinct in a UNIQUE constraint (sqlite.org/nulls.html), so the constraint on
    /// `scale` is an index over what stands in for a NULL.
    private static let secondStep = """
        CREATE TABLE scale (
          id INTEGER PRIMARY KEY,
          full_scale_db REAL NOT NULL,
          calibration TEXT NOT NULL
            CHECK (calibration IN ('calibrated', 'indicative', 'uncalibrated')),
          correction TEXT
        ) STRICT;
        CREATE UNIQUE INDEX scale_value ON scale (
          full_scale_db, calibration, ifnull(correction, ''), correction IS NULL);
        CREATE TABLE measurement (
          id INTEGER PRIMARY KEY,
          source INTEGER NOT NULL REFERENCES source (id),
          sample_rate INTEGER NOT NULL CHECK (sample_rate > 0),
          scale INTEGER NOT NULL REFERENCES scale (id),
          UNIQUE (source, sample_rate, scale)
        ) STRICT;
        CREATE TABLE level_second (
          id INTEGER PRIMARY KEY CHECK (id >= 0),
          missing_samples INTEGER NOT NULL,
          flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 7),
          data BLOB NOT NULL,
          measurement INTEGER NOT NULL AS (id >> 34) REFERENCES measurement (id),
          second INTEGER NOT NULL AS (id & 17179869183)
        ) STRICT;
        CREATE TABLE level_histogram (
          measurement INTEGER NOT NULL REFERENCES measurement (id),
          minute INTEGER NOT NULL
            CHECK (minute BETWEEN 0 AND 17179869183 AND minute % 60 = 0),
          data BLOB NOT NULL,
          PRIMARY KEY (measurement, minute)
        ) STRICT;
        CREATE TABLE level_rollup (
          measurement INTEGER NOT NULL REFERENCES measurement (id),
          length INTEGER NOT NULL CHECK (length IN (60, 900, 3600)),
          start INTEGER NOT NULL
            CHECK (start BETWEEN 0 AND 17179869183 AND start % length = 0),
          samples INTEGER NOT NULL,
          overload_samples INTEGER NOT NULL,
          underrange_samples INTEGER NOT NULL,
          stuck_samples INTEGER NOT NULL,
          data BLOB NOT NULL,
          histogram BLOB,
          PRIMARY KEY (measurement, length, start)
        ) STRICT;
        CREATE TABLE level_open (
          measurement INTEGER PRIMARY KEY REFERENCES measurement (id),
          minute INTEGER NOT NULL
            CHECK (minute BETWEEN 0 AND 17179869183 AND minute % 60 = 0)
        ) STRICT;
        CREATE TABLE calibration (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          source INTEGER NOT NULL REFERENCES source (id),
          input TEXT NOT NULL,
          time_us INTEGER NOT NULL,
          note TEXT NOT NULL,
          calibrator_db REAL NOT NULL,
          calibrator_hz REAL NOT NULL,
          measured_hz REAL NOT NULL,
          spread_db REAL NOT NULL,
          before_db REAL,
          after_db REAL NOT NULL
        ) STRICT;
        CREATE INDEX calibration_source ON calibration (source, input);
        ALTER TABLE event ADD COLUMN level_seconds REAL;
        ALTER TABLE event ADD COLUMN laeq_dbfs REAL;
        ALTER TABLE event ADD COLUMN lafmax_dbfs REAL;
        ALTER TABLE event ADD COLUMN background_dbfs REAL;
        ALTER TABLE event ADD COLUMN scale INTEGER REFERENCES scale (id)
          CHECK ((scale IS NULL) = (level_seconds IS NULL));
        """

    /// What the network saw of events, in the order of the events, so that the oldest can be
    /// removed. The index holds the sizes, so that they can be summed without reading the pictures.
    private static let thirdStep = """
        CREATE TABLE event_picture (
          event_id INTEGER PRIMARY KEY,
          start_us INTEGER NOT NULL,
          features TEXT NOT NULL,
          frames BLOB NOT NULL,
          labels TEXT NOT NULL,
          scores BLOB NOT NULL,
          frames_per_step INTEGER NOT NULL CHECK (frames_per_step > 0),
          model TEXT NOT NULL,
          parameters TEXT NOT NULL,
          bytes INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX event_picture_size ON event_picture (event_id, bytes);
        CREATE TABLE mark (
          event_id INTEGER PRIMARY KEY,
          verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
          label TEXT CHECK (label IS NULL OR verdict = 'wrong'),
          marked_us INTEGER NOT NULL
        ) STRICT;
        """

    /// Events that were announced and then retracted. A CHECK cannot be altered, so the table is
    /// made anew (sqlite.org/lang_altertable.html, section 7).
    private static let fourthStep = """
        CREATE TABLE event_copy (
          id INTEGER NOT NULL,
          part INTEGER NOT NULL CHECK (part >= 1),
          source INTEGER NOT NULL REFERENCES source (id),
          label INTEGER NOT NULL REFERENCES label (id),
          onset_us INTEGER NOT NULL,
          heard_until_us INTEGER NOT NULL CHECK (heard_until_us >= onset_us),
          peak_confidence REAL NOT NULL CHECK (peak_confidence BETWEEN 0 AND 1),
          mean_confidence REAL NOT NULL CHECK (mean_confidence BETWEEN 0 AND 1),
          status TEXT NOT NULL
            CHECK (status IN ('open', 'complete', 'interrupted', 'retracted')),
          ended_order INTEGER CHECK ((ended_order IS NULL) = (status = 'open')),
          level_seconds REAL,
          laeq_dbfs REAL,
          lafmax_dbfs REAL,
          background_dbfs REAL,
          scale INTEGER REFERENCES scale (id)
            CHECK ((scale IS NULL) = (level_seconds IS NULL)),
          PRIMARY KEY (id, part)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO event_copy
        SELECT id, part, source, label, onset_us, heard_until_us, peak_confidence,
          mean_confidence, status, ended_order, level_seconds, laeq_dbfs, lafmax_dbfs,
          background_dbfs, scale
        FROM event;
        DROP TABLE event;
        ALTER TABLE event_copy RENAME TO event;
        CREATE INDEX event_onset ON event (onset_us);
        CREATE INDEX event_label_onset ON event (label, onset_us);
        CREATE INDEX event_length ON event (heard_until_us - onset_us);
        CREATE UNIQUE INDEX event_ended ON event (ended_order) WHERE ended_order IS NOT NULL;
        CREATE INDEX event_open ON event (status) WHERE status = 'open';
        """

    /// Alerts, what rules remember and what the owner says about them, and scores.
    ///
    /// `alert` and `hook_run` are written by the monitor, `silence` and `acknowledgement` by
    /// `monitorctl`: neither overwrites what the other wrote.
    ///
    /// The key of `score_block` holds series and second in one number, as that of `level_second`
    /// does.
    private static let fifthStep = """
        CREATE TABLE alert (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          rule TEXT NOT NULL,
          alert_group TEXT NOT NULL,
          source INTEGER REFERENCES source (id),
          is_test INTEGER NOT NULL CHECK (is_test IN (0, 1)),
          sound_us INTEGER NOT NULL,
          detected_us INTEGER NOT NULL,
          fired_us INTEGER NOT NULL,
          decided_us INTEGER NOT NULL,
          resolved_us INTEGER,
          resolution TEXT CHECK ((resolution IS NULL) = (resolved_us IS NULL)),
          readings TEXT NOT NULL,
          event_count INTEGER NOT NULL CHECK (event_count >= 0),
          repeats INTEGER NOT NULL CHECK (repeats >= 0)
        ) STRICT;
        CREATE INDEX alert_fired ON alert (fired_us);
        CREATE INDEX alert_rule_fired ON alert (rule, fired_us);
        CREATE INDEX alert_unresolved ON alert (resolved_us) WHERE resolved_us IS NULL;
        CREATE TABLE alert_event (
          alert INTEGER NOT NULL,
          position INTEGER NOT NULL CHECK (position >= 0),
          event_id INTEGER NOT NULL,
          source INTEGER NOT NULL REFERENCES source (id),
          label INTEGER NOT NULL REFERENCES label (id),
          onset_us INTEGER NOT NULL,
          heard_until_us INTEGER NOT NULL CHECK (heard_until_us >= onset_us),
          confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
          lafmax_db REAL,
          is_retracted INTEGER NOT NULL CHECK (is_retracted IN (0, 1)),
          PRIMARY KEY (alert, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alert_event_event ON alert_event (event_id);
        CREATE TABLE acknowledgement (
          alert INTEGER PRIMARY KEY,
          acknowledged_us INTEGER NOT NULL,
          comment TEXT NOT NULL
        ) STRICT;
        CREATE TABLE rule_state (
          rule TEXT NOT NULL PRIMARY KEY,
          json TEXT NOT NULL
        ) STRICT;
        CREATE TABLE silence (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          created_us INTEGER NOT NULL,
          starts_us INTEGER NOT NULL,
          ends_us INTEGER NOT NULL CHECK (ends_us >= starts_us),
          rule TEXT,
          label TEXT,
          source TEXT,
          comment TEXT NOT NULL
        ) STRICT;
        CREATE INDEX silence_ends ON silence (ends_us);
        CREATE TABLE suppression (
          rule TEXT NOT NULL,
          reason TEXT NOT NULL,
          held_by TEXT NOT NULL,
          hour_us INTEGER NOT NULL,
          first_us INTEGER NOT NULL,
          last_us INTEGER NOT NULL,
          count INTEGER NOT NULL CHECK (count >= 1),
          PRIMARY KEY (rule, reason, held_by, hour_us)
        ) STRICT;
        CREATE INDEX suppression_last ON suppression (last_us);
        CREATE TABLE reload (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          time_us INTEGER NOT NULL,
          is_accepted INTEGER NOT NULL CHECK (is_accepted IN (0, 1)),
          message TEXT NOT NULL
        ) STRICT;
        ALTER TABLE hook_run ADD COLUMN alert_id INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE hook_run ADD COLUMN action TEXT NOT NULL DEFAULT '';
        ALTER TABLE hook_run ADD COLUMN occasion TEXT NOT NULL DEFAULT 'fired';
        ALTER TABLE hook_run ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1
          CHECK (attempt >= 1);
        ALTER TABLE hook_run ADD COLUMN input TEXT NOT NULL DEFAULT '';
        ALTER TABLE hook_run ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0
          CHECK (is_test IN (0, 1));
        ALTER TABLE hook_run ADD COLUMN due_us INTEGER NOT NULL DEFAULT 0;
        UPDATE hook_run SET due_us = started_us;
        CREATE INDEX hook_run_alert ON hook_run (alert_id);
        CREATE INDEX hook_run_unfinished ON hook_run (outcome)
          WHERE outcome IN ('waiting', 'running', 'interrupted');
        CREATE TABLE score_series (
          id INTEGER PRIMARY KEY,
          source INTEGER NOT NULL REFERENCES source (id),
          labels TEXT NOT NULL,
          UNIQUE (source, labels)
        ) STRICT;
        CREATE TABLE score_block (
          id INTEGER PRIMARY KEY CHECK (id >= 0),
          data BLOB NOT NULL,
          series INTEGER NOT NULL AS (id >> 34) REFERENCES score_series (id),
          second INTEGER NOT NULL AS (id & 17179869183)
        ) STRICT;
        """

    /// What is known of the clocks of a session.
    private static let sixthStep = """
        ALTER TABLE recording ADD COLUMN clock_step_s REAL;
        ALTER TABLE recording ADD COLUMN drift_ppm REAL;
        """
}
