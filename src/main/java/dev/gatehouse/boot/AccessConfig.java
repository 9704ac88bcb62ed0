package dev.gatehouse.boot;

import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The settings of who calls and what they may: a part of {@link GatehouseConfig}. */
public interface AccessConfig {

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
}
