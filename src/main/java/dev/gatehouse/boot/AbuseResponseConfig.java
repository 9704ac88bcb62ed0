package dev.gatehouse.boot;

import dev.gatehouse.abuse.response.ResponseMode;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** The settings of what is done about abusive callers: a part of {@link GatehouseConfig}. */
public interface AbuseResponseConfig {

  /** Mode. */
  @Setting(
      value =
          "What the policy does where it would restrict a caller: nothing, say so in the finding,"
              + " or do it.",
      unit = "`off`, `shadow` or `act`")
  @WithDefault("shadow")
  ResponseMode mode();

  /** Duration. */
  @Setting(value = "How long a restriction by the policy holds.", unit = "duration, 60S to 30D")
  @WithDefault("1H")
  Duration restrictionDuration();

  /** Callers. */
  @Setting(
      value =
          "Most different callers that the policy restricts within an hour, on all replicas"
              + " together; beyond it a person has to look.",
      unit = "callers, 1 to 1000")
  @WithDefault("5")
  int callersPerHourMax();

  /** Corroboration. */
  @Setting(
      value =
          "How close in time warnings of two different rules must be for the policy to take them"
              + " together.",
      unit = "duration, 10S to 24H")
  @WithDefault("10M")
  Duration corroborationWindow();

  /** Clients. */
  @Setting(
      value =
          "Whether a quarantine by the policy also disables the caller's client at the identity"
              + " provider. Releasing the caller enables it again; if the quarantine ends by itself,"
              + " the client stays disabled until `CallersService.ActivateCaller`.",
      unit = "true or false")
  @WithDefault("false")
  boolean disableClients();

  /** Token. */
  @Setting(
      value =
          "Bearer token that Alertmanager presents at `/abuse/alertmanager` on the management port;"
              + " at least 32 characters of visible ASCII.",
      unit = "secret",
      unset = "there is no such endpoint")
  Optional<String> webhookToken();
}
