package dev.gatehouse.boot;

import dev.gatehouse.edge.EdgeSettings;
import dev.gatehouse.registry.NonFiniteOutputs;
import dev.gatehouse.registry.OversizedCalls;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
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
  AccessConfig.Oidc oidc();

  /** The administration of the identity provider. */
  AccessConfig.Keycloak keycloak();

  /** Callers and grants. */
  AccessConfig.Access access();

  /** The keys that are not in the database. */
  AccessConfig.Keys keys();

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
  AuditConfig audit();

  /** The watch over callers. */
  AbuseConfig abuse();

  /** Metrics. */
  Metrics metrics();

  /** Spans of calls for a tracing system. */
  TracesConfig traces();

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
    @Setting(
        value = "How long running calls may take at shutdown; give the process half a minute more.",
        unit = "duration")
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
