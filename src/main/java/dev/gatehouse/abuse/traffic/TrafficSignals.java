package dev.gatehouse.abuse.traffic;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The signals of one caller's traffic at one moment. What cannot be said (too few calls, no
 * history, nothing declared) is empty, and never 0.
 *
 * @param at when they were read
 * @param calls calls watched in all
 * @param historySeconds how long ago the first of them was
 * @param lastSeconds the last 10 s
 * @param lastMinutes the last 10 minutes
 * @param lastDay the last 24 hours
 * @param callRate calls a second over 10 s, against what is usual
 * @param rowRate rows a second over 10 s, against what is usual
 * @param computeRate device seconds a second over 10 s, against what is usual
 * @param sustained what was kept up within the last second, against what is usual
 * @param payload bytes per row, last minute against what is usual
 * @param latency time of answered calls, last minute against what is usual
 * @param models which models it names
 * @param origins where it calls from
 * @param credentials what it calls with
 * @param cost what its rows cost
 * @param offHours calls outside the hours it declared; empty if it declared none
 */
public record TrafficSignals(
    Instant at,
    long calls,
    double historySeconds,
    Window lastSeconds,
    Window lastMinutes,
    Window lastDay,
    Rate callRate,
    Rate rowRate,
    Rate computeRate,
    Sustained sustained,
    Optional<Shift> payload,
    Optional<Shift> latency,
    Models models,
    Origins origins,
    Credentials credentials,
    Cost cost,
    Optional<OffHours> offHours) {

  /**
   * One sliding window.
   *
   * @param seconds the time it covers
   * @param calls calls in it
   * @param callsPerSecond calls a second
   * @param rowsPerSecond rows a second
   * @param computePerSecond device seconds a second
   * @param computeShare its part of the device time of all callers, 0 to 1; empty if there was none
   * @param denied calls refused because it may not do that, 0 to 1; this and the following are
   *     empty below {@link #RATIO_CALLS_MIN} calls
   * @param invalid calls that were malformed or named what does not exist, 0 to 1
   * @param cancelled calls it went away from, 0 to 1
   * @param deadline calls whose deadline passed, 0 to 1
   */
  public record Window(
      double seconds,
      long calls,
      double callsPerSecond,
      double rowsPerSecond,
      double computePerSecond,
      OptionalDouble computeShare,
      OptionalDouble denied,
      OptionalDouble invalid,
      OptionalDouble cancelled,
      OptionalDouble deadline) {

    /** Fewer calls than these make no ratio. */
    public static final int RATIO_CALLS_MIN = 20;
  }

  /**
   * What was kept up for the last three whole quarters of a second: four times the least of them.
   * Calls that took a second and more are not in it.
   *
   * @param calls calls a second
   * @param rows rows a second
   */
  public record Sustained(Rate calls, Rate rows) {}

  /**
   * Which models it names.
   *
   * @param distinct different names in the last 10 minutes; at most {@link TrafficWatch#MODELS_MAX}
   * @param unknown denied calls, in the last 10 minutes, that named a model it had not named before
   * @param unknownTotal those since it is watched
   */
  public record Models(int distinct, long unknown, long unknownTotal) {}

  /**
   * Where it calls from: /24 of IPv4, /48 of IPv6.
   *
   * @param networks networks in the last hour; at most {@link TrafficWatch#NETWORKS_MAX}
   * @param fresh networks first seen in the last hour, but for those of its first {@link
   *     TrafficWatch#BEGINNING_CALLS} calls
   * @param freshTotal networks that were new since it is watched
   * @param freshRowsPerSecond rows a second over 10 minutes from networks first seen within a day
   */
  public record Origins(int networks, int fresh, long freshTotal, double freshRowsPerSecond) {}

  /**
   * What it calls with.
   *
   * @param distinct credentials in the last hour; at most {@link TrafficWatch#CREDENTIALS_MAX}
   * @param shared credentials used in turns from networks of which one is new, in the last 10
   *     minutes
   */
  public record Credentials(int distinct, int shared) {}

  /**
   * What its calls cost, over 10 minutes.
   *
   * @param factor device time of its answered rows over what these models usually take; empty
   *     without a usual cost
   * @param others the same of all other callers: where it is high too, the model got slower
   * @param wasted the part of its device time that went to calls that were cancelled or whose
   *     deadline passed, 0 to 1; empty if it used none
   * @param cancelsPerSecond calls it went away from, a second
   */
  public record Cost(
      OptionalDouble factor,
      OptionalDouble others,
      OptionalDouble wasted,
      double cancelsPerSecond) {}

  /**
   * Calls outside declared hours.
   *
   * @param recent those in the last 10 minutes
   * @param total those since it is watched
   */
  public record OffHours(long recent, long total) {}
}
