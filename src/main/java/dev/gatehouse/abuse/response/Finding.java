package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something a rule found a caller doing, for as long as it lasted.
 *
 * @param id its id
 * @param rule the rule's id in the catalogue
 * @param severity how much it asks for
 * @param source who found it
 * @param caller whom it is about
 * @param model the model it is about, or null
 * @param evidence what was measured at first, in words and numbers of ours
 * @param repetitions how often it was found again
 * @param response what the policy did about it
 * @param restriction the id of the restriction it led to, or null
 * @param createTime when it was found first
 * @param lastTime when it was found last, by whomever
 * @param confirmTime when a gateway saw it last in its own traffic, or null if none did
 */
public record Finding(
    String id,
    String rule,
    Severity severity,
    Source source,
    CallerId caller,
    @Nullable ModelName model,
    String evidence,
    int repetitions,
    Response response,
    @Nullable String restriction,
    Instant createTime,
    Instant lastTime,
    @Nullable Instant confirmTime) {

  /** Who found it. */
  public enum Source {
    /** A gateway, in its own traffic. */
    GATEWAY,
    /** Prometheus, by way of Alertmanager. */
    ALERTMANAGER
  }

  /** What the policy did about it. */
  public enum Response {
    /** Nothing: it takes more than this. */
    NONE,
    /** Nothing, because the policy is in shadow mode. */
    SHADOW,
    /** The caller was restricted. */
    RESTRICTED,
    /** Nothing, because no gateway has seen it in its own traffic. */
    UNCONFIRMED,
    /** Nothing, because enough callers were restricted within the hour. */
    LIMITED,
    /** Nothing, because the caller has a role of administration. */
    SPARED,
    /** Nothing, because a person has released the caller from this within a restriction's time. */
    RELEASED
  }
}
