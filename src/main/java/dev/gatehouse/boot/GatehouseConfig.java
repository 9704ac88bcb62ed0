package dev.gatehouse.boot;

import dev.gatehouse.edge.EdgeSettings;
import dev.gatehouse.registry.NonFiniteOutputs;
import dev.gatehouse.registry.OversizedCalls;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Every setting of the gateway. A key under {@code gatehouse.} that is not here stops the start.
 */
@ConfigMapping(prefix = "gatehouse")
public interface GatehouseConfig {

  /** The port callers use. */
  Server server();

  /** The port of operators: health and metrics. */
  Management management();

  /** Where tokens come from. */
  Oidc oidc();

  /** The administration of the identity provider. */
  Keycloak keycloak();

  /** Callers and grants. */
  Access access();

  /** The keys that are not in the database. */
  Keys keys();

  /** The database. */
  Database database();

  /** How replicas hear of changes. */
  Changes changes();

  /** This process among others. */
  Replica replica();

  /** The engine that runs models. */
  Engine engine();

  /** What a deployment gets that does not say otherwise. */
  Deployment deployment();

  /** Models and their files. */
  Registry registry();

  /** The record of every call and change. */
  Audit audit();

  /** Metrics. */
  Metrics metrics();

  /** The port callers use. */
  interface Server {
    /** Address. */
    @Setting(value = "Address the gRPC port listens on.", unit = "host name or address")
    @WithDefault("127.0.0.1")
    String host();

    /** Port. */
    @Setting(value = "Port for gRPC; 0 takes a free one.", unit = "port, 0 to 65535")
    @WithDefault("8001")
    int port();

    /** TLS. */
    Tls tls();

    /** Plaintext by name. */
    @Setting(
        value =
            "Serve without TLS on an address that is not loopback, for a mesh that encrypts by"
                + " itself. Without TLS, any other address than loopback is refused at start.",
        unit = "true or false")
    @WithDefault("false")
    boolean plaintextAllowed();

    /** Message limit. */
    @Setting(value = "Largest message taken, compressed or inflated.", unit = "bytes, 64K to 1G")
    @WithDefault("64M")
    MemorySize messageBytesMax();

    /** Metadata limit. */
    @Setting(value = "Largest metadata of a call.", unit = "bytes, 1K to 64K")
    @WithDefault("8K")
    MemorySize metadataBytesMax();

    /** Inbound budget. */
    @Setting(
        value =
            "Most bytes of requests held at once over all connections, counted as they arrive;"
                + " what would exceed it is refused. At least twice message-bytes-max.",
        unit = "bytes")
    @WithDefault("256M")
    MemorySize inboundBytesMax();

    /** Calls in flight. */
    @Setting(value = "Most calls in flight at once.", unit = "calls, 1 to 1000000")
    @WithDefault("10000")
    int callsMax();

    /** Calls of a connection. */
    @Setting(value = "Most calls in flight on one connection.", unit = "calls, 1 to 100000")
    @WithDefault("1000")
    int callsPerConnectionMax();

    /** Connection age. */
    @Setting(
        value = "A connection is asked to close after this, so that clients spread over replicas.",
        unit = "duration, at least 10S")
    @WithDefault("1H")
    Duration connectionAgeMax();

    /** Connection age grace. */
    @Setting(value = "How long calls on such a connection may still run.", unit = "duration")
    @WithDefault("5M")
    Duration connectionAgeGrace();

    /** Idle connections. */
    @Setting(value = "A connection without calls is closed after this.", unit = "duration")
    @WithDefault("15M")
    Duration connectionIdleMax();

    /** Keepalive. */
    @Setting(value = "A silent connection is probed after this.", unit = "duration, at least 1S")
    @WithDefault("60S")
    Duration keepaliveTime();

    /** Keepalive of clients. */
    @Setting(value = "Clients may probe no more often than this.", unit = "duration")
    @WithDefault("30S")
    Duration keepaliveClientMin();

    /** Resets. */
    @Setting(
        value = "Most streams a connection may reset in 30 s before it is closed.",
        unit = "resets, 1 to 100000")
    @WithDefault("200")
    int resetsMax();

    /** Drain. */
    @Setting(value = "How long running calls may take at shutdown.", unit = "duration")
    @WithDefault("30S")
    Duration drainTimeout();
  }

  /** TLS of the gRPC port. */
  interface Tls {
    /** Certificate. */
    @Setting(
        value = "Certificate chain. Set with key; both are read again when they change.",
        unit = "path of a PEM file",
        unset = "no TLS")
    Optional<Path> certificate();

    /** Key. */
    @Setting(value = "Private key, PKCS #8.", unit = "path of a PEM file", unset = "no TLS")
    Optional<Path> key();

    /** Authorities of clients. */
    @Setting(
        value =
            "Certificates of the authorities whose client certificates are taken. Read again when"
                + " it changes; sessions can be resumed for one reload-interval at most.",
        unit = "path of a PEM file",
        unset = "no client certificates")
    Optional<Path> clientCa();

    /** Certificates of clients. */
    @Setting(
        value =
            "Whether clients show a certificate in the handshake. A token that is bound to a"
                + " certificate is taken only on a connection that showed it.",
        unit = "`none`, `optional` or `required`")
    @WithDefault("none")
    EdgeSettings.ClientCertificates clientCertificate();

    /** Reload. */
    @Setting(
        value = "How often the files of TLS are looked at for changes.",
        unit = "duration, at least 60S")
    @WithDefault("1M")
    Duration reloadInterval();
  }

  /** The port of operators. */
  interface Management {
    /** Address. */
    @Setting(
        value = "Address of the HTTP port for health and metrics; it asks for no credentials.",
        unit = "host name or address")
    @WithDefault("127.0.0.1")
    String host();

    /** Port. */
    @Setting(value = "HTTP port for health and metrics.", unit = "port, 0 to 65535")
    @WithDefault("9000")
    int port();
  }

  /** Where tokens come from. */
  interface Oidc {
    /** Issuer. */
    @Setting(
        value = "Issuer of tokens: its URL exactly as their `iss` has it. Required.",
        unit = "URL",
        unset = "the gateway does not start")
    String issuer();

    /** Audience. */
    @Setting(
        value = "Audience that tokens must name. Required.",
        unit = "text",
        unset = "the gateway does not start")
    String audience();

    /** Classes of strong logins. */
    @Setting(
        value =
            "Values of `acr` that count as a login with several factors, which people need for"
                + " what the table of rights says; the first is the one they are told to ask for.",
        unit = "list of visible ASCII texts")
    @WithDefault("aal2")
    List<String> stepUpAcr();

    /** Age of strong logins. */
    @Setting(
        value = "How long ago such a login may be, by its `auth_time`.",
        unit = "duration, 1S to 24H")
    @WithDefault("15M")
    Duration stepUpAgeMax();

    /** Keys. */
    @Setting(
        value =
            "How long the issuer's keys are trusted after they were last fetched; then every token"
                + " is refused until the issuer answers again.",
        unit = "duration, at least 60S")
    @WithDefault("24H")
    Duration keysAgeMax();
  }

  /** The administration of the identity provider. */
  interface Keycloak {
    /** Address. */
    @Setting(
        value =
            "Keycloak's address, to make and watch the clients of callers. Set with realm, client-id"
                + " and client-secret.",
        unit = "URL",
        unset = "Keycloak is not administered")
    Optional<String> url();

    /** Realm. */
    @Setting(
        value = "Realm that is administered: that of the issuer.",
        unit = "text",
        unset = "Keycloak is not administered")
    Optional<String> realm();

    /** Client. */
    @Setting(
        value =
            "Confidential client of the realm through whose service account it is administered. It"
                + " needs the roles manage-clients, view-clients, manage-users, view-users and"
                + " view-realm of realm-management.",
        unit = "text",
        unset = "Keycloak is not administered")
    Optional<String> clientId();

    /** Secret. */
    @Setting(
        value = "Secret of that client.",
        unit = "secret",
        unset = "Keycloak is not administered")
    Optional<String> clientSecret();

    /** Scopes. */
    @Setting(
        value =
            "Client scopes that the clients of callers get: together they put subject, audience and"
                + " realm roles into a token.",
        unit = "list of names")
    @WithDefault("basic,gatehouse")
    List<String> clientScopes();

    /** Comparison. */
    @Setting(
        value = "How often clients and registrations are compared, give or take a tenth.",
        unit = "duration, at least 1S")
    @WithDefault("5M")
    Duration reconcileInterval();

    /** Not before. */
    @Setting(
        value = "How often the realm's and the clients' not-before times are read.",
        unit = "duration, at least 1S")
    @WithDefault("30S")
    Duration notBeforeInterval();

    /** Logout address. */
    @Setting(
        value =
            "How Keycloak reaches `/oidc/back-channel-logout` on the management port; set at those"
                + " logout-clients that have no address yet, and at the clients of callers.",
        unit = "URL",
        unset = "no address is set")
    Optional<String> logoutUrl();

    /** Logout clients. */
    @Setting(
        value = "Clients through which people log in, whose logouts are taken.",
        unit = "list of client ids, at most 100",
        unset = "only those of the clients made for callers")
    Optional<List<String>> logoutClients();
  }

  /** Callers and grants. */
  interface Access {
    /** First administrators. */
    @Setting(
        value =
            "Subjects of the issuer to register as administrators at start; ignored once there is"
                + " an active administrator.",
        unit = "list of subjects",
        unset = "none")
    Optional<List<String>> bootstrapAdministrators();

    /** Refresh. */
    @Setting(
        value = "How often registrations and grants are read again from the database.",
        unit = "duration, at least 100 ms")
    @WithDefault("2S")
    Duration snapshotRefresh();

    /** Age. */
    @Setting(
        value =
            "How long decisions go on from what was last read when the database is lost; then"
                + " everything is refused, since revocations can no longer be seen.",
        unit = "duration, more than snapshot-refresh")
    @WithDefault("60S")
    Duration snapshotAgeMax();

    /** Tokens. */
    @Setting(value = "Most verified tokens remembered.", unit = "tokens, 1 to 10000000")
    @WithDefault("100000")
    int tokensRememberedMax();

    /** Grants. */
    @Setting(value = "Longest lifetime of a grant.", unit = "duration")
    @WithDefault("366D")
    Duration grantLifetimeMax();

    /** Quotas. */
    @Setting(
        value =
            "How much of each quota of a grant one replica takes from the database at once, and"
                + " holds at most. All replicas together may grant so much more each than the quota"
                + " in any stretch of time; less means more questions to the database.",
        unit = "percent, 1 to 100")
    @WithDefault("10")
    int quotaLeasePercent();

    /** API keys. */
    @Setting(value = "Longest lifetime of an API key.", unit = "duration, at least 60S")
    @WithDefault("366D")
    Duration apiKeyLifetimeMax();
  }

  /** The keys that are not in the database. */
  interface Keys {
    /** File. */
    @Setting(
        value =
            "File of the keys that hashes of API keys are made with: a Tink keyset in JSON, with keys"
                + " of template HMAC_SHA256_256BITTAG, that only its owner and group can read. Every"
                + " replica needs the same one.",
        unit = "path")
    @WithDefault("gatehouse-data/keys.json")
    Path file();

    /** Making. */
    @Setting(
        value =
            "Make that file with a fresh key if it is not there. If it may not be made, API keys"
                + " are not offered without it.",
        unit = "true or false")
    @WithDefault("true")
    boolean create();
  }

  /** The database. */
  interface Database {
    /** URL. */
    @Setting(
        value = "PostgreSQL database. Required.",
        unit = "JDBC URL",
        unset = "the gateway does not start")
    String url();

    /** User. */
    @Setting(
        value = "User of the database. Required.",
        unit = "text",
        unset = "the gateway does not start")
    String username();

    /** Password. */
    @Setting(value = "Password of that user.", unit = "secret", unset = "none is sent")
    Optional<String> password();

    /** Its owner. */
    Owner owner();

    /** Connections. */
    @Setting(value = "Most connections to the database.", unit = "connections, 2 to 1000")
    @WithDefault("10")
    int connectionsMax();
  }

  /** The owner of the database, as whom migrations run. */
  interface Owner {
    /** User. */
    @Setting(
        value =
            "User as whom migrations run, who owns the schema; another one than database.username,"
                + " so that the gateway itself cannot change what is recorded.",
        unit = "text",
        unset = "the gateway does not start, unless audit.allow-shared-database-role is true")
    Optional<String> username();

    /** Password. */
    @Setting(value = "Password of that user.", unit = "secret", unset = "none is sent")
    Optional<String> password();
  }

  /** How replicas hear of changes. */
  interface Changes {
    /** Poll. */
    @Setting(
        value =
            "How often changes that other replicas made are looked for without being told of them;"
                + " usually they are told at once.",
        unit = "duration, 100 ms to 60S")
    @WithDefault("1S")
    Duration pollInterval();
  }

  /** This process among others on the same database. */
  interface Replica {
    /** Name. */
    @Setting(
        value = "Name of this replica for people, in its log and in the database.",
        unit = "1 to 63 characters",
        unset = "a random one with every start")
    Optional<String> name();
  }

  /** The engine. */
  interface Engine {
    /** Devices. */
    @Setting(
        value = "Where models run: `auto` takes every GPU, or the CPU if there is none.",
        unit = "`auto`, `cpu` or `gpu:0,1`")
    @WithDefault("auto")
    String devices();

    /** Threads within. */
    @Setting(
        value =
            "Threads of one operation on the CPU. More instances serve better than more threads.",
        unit = "threads, 1 to 1024")
    @WithDefault("1")
    int intraOpThreads();

    /** Threads between. */
    @Setting(value = "Threads between operations on the CPU.", unit = "threads, 1 to 1024")
    @WithDefault("1")
    int interOpThreads();

    /** Optimizer. */
    @Setting(
        value =
            "TorchScript's graph optimizer: faster once warm, but the first runs of each new batch"
                + " size can take seconds on a GPU.",
        unit = "true or false")
    @WithDefault("false")
    boolean graphOptimizer();

    /** Natives. */
    @Setting(
        value = "Folder the native libraries are unpacked to; kept between starts.",
        unit = "path")
    @WithDefault("${user.home}/.cache/gatehouse/native")
    Path nativeCache();
  }

  /** What a deployment gets that does not say otherwise. */
  interface Deployment {
    /** Batch. */
    @Setting(value = "Most rows of a batch.", unit = "rows, 1 to 65536")
    @WithDefault("32")
    int batchRowsMax();

    /** Delay. */
    @Setting(
        value = "How old a call may grow while fuller batches go before it.",
        unit = "duration, 0 to 10S")
    @WithDefault("0.005S")
    Duration queueDelayMax();

    /** Instances. */
    @Setting(value = "Instances of a model on each device.", unit = "instances, 1 to 64")
    @WithDefault("1")
    int instancesPerDevice();

    /** Limit. */
    @Setting(
        value = "An execution longer than this counts as stuck and its instance is given up.",
        unit = "duration, 10 ms to 1H")
    @WithDefault("30S")
    Duration executionLimit();

    /** Rows. */
    @Setting(value = "Most rows that wait or run at once.", unit = "rows, 1 to 1048576")
    @WithDefault("4096")
    int queueRowsMax();

    /** Bytes. */
    @Setting(value = "Most bytes of tensors that wait or run at once.", unit = "bytes")
    @WithDefault("256M")
    MemorySize queueBytesMax();

    /** Share. */
    @Setting(
        value = "How much of rows, bytes and calls that wait or run one caller may hold.",
        unit = "percent, 1 to 100")
    @WithDefault("50")
    int callerQueuePercentMax();

    /** Oversized. */
    @Setting(
        value =
            "What becomes of a call of more rows than a batch: split over several batches, up to"
                + " what one caller may hold, or refused.",
        unit = "`split` or `refuse`")
    @WithDefault("split")
    OversizedCalls oversizedCalls();

    /** Objective. */
    @Setting(
        value =
            "Latency that batch and in-flight sizes are chosen to meet; 0 for none, so that they"
                + " are as configured.",
        unit = "duration, 0 to 1H")
    @WithDefault("0S")
    Duration latencyObjective();

    /** Outputs. */
    @Setting(
        value = "What becomes of an answer with NaN or an infinity: passed on, or refused.",
        unit = "`pass` or `refuse`")
    @WithDefault("pass")
    NonFiniteOutputs nonFiniteOutputs();
  }

  /** Models and their files. */
  interface Registry {
    /** Folder. */
    @Setting(
        value =
            "Folder of the uploaded model files. All replicas on one database need the same folder,"
                + " on a file system with atomic renames and file locks, as the same user.",
        unit = "path")
    @WithDefault("gatehouse-data/artifacts")
    Path artifactFolder();

    /** Size. */
    @Setting(value = "Largest model file.", unit = "bytes, up to 2147483639")
    @WithDefault("1G")
    MemorySize artifactBytesMax();
  }

  /** The record of every call and change. */
  interface Audit {
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
            "Least time from the beginning of one commit of the journal to that of the next, while"
                + " many calls come. Longer ones make fewer and larger commits, and answers later.",
        unit = "duration, 0 to 100ms")
    @WithDefault("0.002S")
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
                + " before calls are refused. Longer than segment-age-max.",
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
  }

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

  /** Metrics. */
  interface Metrics {
    /** Callers. */
    @Setting(
        value = "Most callers with a label of their own, the busiest; the rest count as `other`.",
        unit = "callers, 1 to 10000")
    @WithDefault("100")
    int callerSlotsMax();

    /** Pairs. */
    @Setting(value = "Most pairs of caller and model with a label.", unit = "pairs, 1 to 100000")
    @WithDefault("500")
    int callerModelPairsMax();
  }
}
