package dev.gatehouse.boot;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The settings of the record: a part of {@link GatehouseConfig}. */
public interface AuditConfig {

  /** Folder. */
  @Setting(
      value =
          "Folder of the access journals. Each process begins a journal of its own in it; no two"
              + " processes on different machines may share it.",
      unit = "path")
  @WithDefault("gatehouse-data/audit")
  Path folder();

  /** Backlog. */
  @Setting(
      value =
          "Most places of open calls, two each, and of entries that are not on disk yet; beyond it"
              + " calls are refused.",
      unit = "places, 16 to 1048576")
  @WithDefault("65536")
  int backlogMax();

  /** Shared role. */
  @Setting(
      value =
          "Start although the user of the database could change what is recorded, for trials. The"
              + " record then proves nothing against who has that user's password.",
      unit = "true or false")
  @WithDefault("false")
  boolean allowSharedDatabaseRole();

  /** Checkpoints. */
  Checkpoints checkpoint();

  /** Commits. */
  @Setting(
      value =
          "How long an entry of the journal may lie in memory before a commit begins; while calls are"
              + " few, and when most of them have been answered, one begins at once."
              + " What lies there is lost when the process is killed: outcomes, and intents of calls"
              + " that were not answered.",
      unit = "duration, 1 ms to 100ms")
  @WithDefault("0.005S")
  Duration commitInterval();

  /** Stalls. */
  @Setting(
      value = "How long the disk may take for a commit before calls are refused.",
      unit = "duration, 10 ms to 60S")
  @WithDefault("5S")
  Duration commitStallMax();

  /** Segment size. */
  @Setting(
      value = "Size at which a segment of the journal is closed and anchored.",
      unit = "bytes, 4K to 1G")
  @WithDefault("64M")
  MemorySize segmentBytesMax();

  /** Segment age. */
  @Setting(
      value = "How long after its first entry a segment is closed and anchored.",
      unit = "duration, 100 ms to 24H")
  @WithDefault("1M")
  Duration segmentAgeMax();

  /** Anchor lag. */
  @Setting(
      value =
          "How old an entry of the journal may become that the control log does not vouch for,"
              + " before calls are refused: because the database is away, or the control log was found"
              + " changed. Longer than segment-age-max.",
      unit = "duration, up to 48H")
  @WithDefault("5M")
  Duration anchorLagMax();

  /** Retention. */
  @Setting(
      value =
          "How long the entries of a closed segment are kept; after that only their hashes are.",
      unit = "duration, at least 1S")
  @WithDefault("90D")
  Duration retention();

  /** Digest keys. */
  @Setting(
      value =
          "How long one key for digests of inputs is used; digests of different periods cannot be"
              + " matched by anybody.",
      unit = "duration, 1H to 366D")
  @WithDefault("30D")
  Duration inputDigestKeyPeriod();

  /** On. */
  @Setting(
      value =
          "Whether uses of models are recorded. Off only to measure what that costs: then nothing"
              + " can be proved afterwards.",
      unit = "true or false")
  @WithDefault("true")
  boolean journalEnabled();

  /** Signed statements of what the control log is. */
  interface Checkpoints {
    /** Origin. */
    @Setting(
        value =
            "Name of the control log in its checkpoints: a name that nobody else uses, such as"
                + " `gatehouse.example.com/production`. It cannot be changed later.",
        unit = "text without spaces and plus, at most 255 characters")
    @WithDefault("gatehouse")
    String origin();

    /** Key. */
    @Setting(
        value =
            "File of the private key that signs checkpoints: a Tink keyset in JSON, template"
                + " ED25519_RAW, that only its owner and group can read.",
        unit = "path")
    @WithDefault("gatehouse-data/checkpoint-key.json")
    Path keyFile();

    /** Making. */
    @Setting(
        value = "Make that file with a fresh key if it is not there; else it stops the start.",
        unit = "true or false")
    @WithDefault("true")
    boolean create();

    /** Entries. */
    @Setting(
        value = "A checkpoint is signed when there are so many entries without one.",
        unit = "entries, 1 to 1000000")
    @WithDefault("1000")
    int entriesMax();

    /** Interval. */
    @Setting(
        value = "A checkpoint is signed at the latest so long after an entry.",
        unit = "duration, 1S to 1D")
    @WithDefault("60S")
    Duration interval();

    /** Folder. */
    @Setting(
        value =
            "Folder that checkpoints are written to; what is in it is what the log is compared with,"
                + " so that it belongs on other storage than the database.",
        unit = "path")
    @WithDefault("gatehouse-data/checkpoints")
    Path folder();

    /** Address. */
    @Setting(
        value = "Checkpoints are also sent there, as `PUT <url>/<size>`.",
        unit = "URL",
        unset = "they are not sent")
    Optional<String> url();

    /** Token. */
    @Setting(
        value = "File with the bearer token that is sent along; read again for each checkpoint.",
        unit = "path",
        unset = "none is sent")
    Optional<Path> urlTokenFile();
  }
}
