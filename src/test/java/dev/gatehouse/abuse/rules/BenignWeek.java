package dev.gatehouse.abuse.rules;

import static dev.gatehouse.abuse.rules.Honest.DAY;
import static dev.gatehouse.abuse.rules.Honest.HOUR;

import dev.gatehouse.abuse.content.DigitsVictim;
import dev.gatehouse.abuse.rules.Simulation.Found;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;

/** A week of mixed honest callers. */
final class BenignWeek {

  static final int DAYS = 7;

  /** Saturday and Sunday. */
  private static final long WEEKEND = 5;

  /** The day on which the month ends and batches have three times as much to do. */
  private static final long MONTH_END = 4;

  private static final DeclaredHours OFFICE =
      new DeclaredHours(
          ZoneOffset.UTC,
          EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
          LocalTime.of(7, 0),
          LocalTime.of(20, 0));

  /**
   * What came of it.
   *
   * @param found all findings
   * @param simulation where it ran
   * @param callerDays days on which there was each caller, summed up
   */
  record Result(List<Found> found, Simulation simulation, int callerDays) {

    Map<String, Integer> byRule() {
      Map<String, Integer> counts = new TreeMap<>();
      found.forEach(one -> counts.merge(one.first().rule(), 1, Integer::sum));
      return counts;
    }

    Map<String, Integer> byCallerDay() {
      Map<String, Integer> counts = new TreeMap<>();
      found.forEach(
          one -> counts.merge(one.first().caller() + " day " + one.day(), 1, Integer::sum));
      return counts;
    }
  }

  private final DigitsVictim victim;
  private final long seed;
  private final int days;

  BenignWeek(DigitsVictim victim, long seed, int days) {
    this.days = days;
    this.victim = victim;
    this.seed = seed;
  }

  /**
   * Runs it.
   *
   * @param rowEvery of so many rows one is looked at
   * @param restartAt the second at which the gateway starts anew; never if it is negative
   */
  Result run(int rowEvery, long restartAt) {
    List<Honest> callers = callers();
    Simulation simulation = new Simulation(victim);
    for (long second = 0; second < days * DAY; second++) {
      if (second == restartAt) {
        simulation.restart();
      }
      for (int quarter = 0; quarter < 4; quarter++) {
        simulation.moveTo(second, quarter);
        for (Honest caller : callers) {
          caller.quarter(second, quarter, simulation, rowEvery);
        }
        if (second % 4 == quarter) {
          simulation.judge();
        }
      }
    }
    int callerDays =
        callers.stream().mapToInt(caller -> (int) Math.max(0, days - caller.begin / DAY)).sum();
    return new Result(simulation.found, simulation, callerDays);
  }

  private List<Honest> callers() {
    List<Honest> callers = new ArrayList<>();
    Random random = new Random(seed);
    for (int i = 0; i < 4; i++) {
      Honest web = caller("web-" + i, "web", diurnal(0.3, 1.5 + random.nextDouble())).deploying();
      callers.add(i < 2 ? web.contents(natural(web)) : web.late(0.2));
    }
    for (int i = 0; i < 3; i++) {
      callers.add(caller("office-" + i, "office", office(1 + i)).within(OFFICE).deploying());
    }
    for (int i = 0; i < 3; i++) {
      Honest hourly = caller("hourly-" + i, "batch", hourly(15, 300 + 120 * i)).rows(10);
      callers.add(i == 0 ? hourly.contents(natural(hourly)) : hourly);
    }
    callers.add(caller("nightly", "batch", nightly(0, 15, DAYS)).rows(20));
    callers.add(
        caller("nightly-beside-days", "batch", nightly(0.3, 15, DAYS)).rows(20).deploying());
    callers.add(caller("nightly-on-weekdays", "batch", nightly(0.1, 15, WEEKEND)).rows(20));
    for (int i = 0; i < 3; i++) {
      Honest sensor = caller("sensor-" + i, "sensors", second -> 0.5);
      callers.add(sensor.contents(sensor(sensor, i)));
    }
    LongToDoubleFunction steady = diurnal(0.5, 1.5);
    callers.add(
        caller(
            "grower", "web", second -> steady.applyAsDouble(second) * Math.pow(1.1, second / DAY)));
    callers.add(caller("mover", "office", diurnal(0.2, 1)).from(BenignWeek::moved));
    Honest twoWays = caller("two-ways-out", "web", second -> 1);
    callers.add(twoWays.from(second -> "10.9." + twoWays.random().nextInt(2) + ".1").deploying());
    callers.add(caller("bursty", "web", BenignWeek::bursts).deploying());
    callers.add(caller("bursty-at-once", "web", BenignWeek::bursts).atOnce());
    callers.add(caller("stalling", "web", BenignWeek::busyLateInTheMorning).stalling());
    callers.add(caller("chunks", "batch", BenignWeek::chunks).rows(200).atOnce());
    Honest fleet = caller("fleet", "office", office(2));
    callers.add(fleet.from(second -> "10.8." + (second / DAY + fleet.random().nextInt(12)) + ".1"));
    for (int day = 0; day < DAYS; day++) {
      callers.add(newcomer(day).since(day * DAY + random.nextInt((int) (20 * HOUR))));
    }
    return callers;
  }

  private Honest newcomer(int day) {
    String id = "new-" + day;
    return switch (day % 4) {
      case 0 -> caller(id, "web", diurnal(0.5, 2));
      case 1 -> caller(id, "batch", hourly(20, 600)).rows(10);
      case 2 -> {
        Honest sensor = caller(id, "sensors", second -> 0.5);
        yield sensor.contents(sensor(sensor, day));
      }
      default -> caller(id, "web", backfill(day)).rows(20);
    };
  }

  private Honest caller(String id, String team, LongToDoubleFunction callsPerSecond) {
    return new Honest(id, team, seed, callsPerSecond);
  }

  /** By day more than at night, and half of it on weekends. */
  private static LongToDoubleFunction diurnal(double night, double day) {
    return second -> {
      double hour = second % DAY / (double) HOUR;
      double sun = Math.max(0, Math.sin((hour - 6) / 12 * Math.PI));
      return (night + (day - night) * sun) * (second / DAY >= WEEKEND ? 0.5 : 1);
    };
  }

  /** Eight to six with a noon, never on weekends. */
  private static LongToDoubleFunction office(double peak) {
    return second -> {
      double hour = second % DAY / (double) HOUR;
      boolean open = second / DAY < WEEKEND && hour >= 8 && hour < 18;
      return !open ? 0 : hour >= 12 && hour < 13 ? peak / 3 : peak * monthEnd(second);
    };
  }

  /** Some minutes of each hour. */
  private static LongToDoubleFunction hourly(double rate, long seconds) {
    return second ->
        second % HOUR >= 300 && second % HOUR < 300 + seconds * monthEnd(second) ? rate : 0;
  }

  /** Forty minutes each night, three times as much at the end of the month. */
  private static LongToDoubleFunction nightly(double days, double rate, long nights) {
    return second ->
        second / DAY < nights && second % DAY >= HOUR && second % DAY < HOUR + 2_400
            ? rate * monthEnd(second)
            : days;
  }

  /** All of the past at once in its first hour, then what comes. */
  private static LongToDoubleFunction backfill(int day) {
    return second -> second % DAY < 12 * HOUR && second / DAY == day ? 10 : 0.5;
  }

  /** Now and then much within a second, such as a cache that is filled anew. */
  private static double bursts(long second) {
    return second % 420 == 0 ? 300 * monthEnd(second) : 0.5;
  }

  private static double busyLateInTheMorning(long second) {
    return second % DAY / HOUR == 10 || second % DAY / HOUR == 11 ? 60 : 0.5;
  }

  /** Ten large calls at once, four times a minute. */
  private static double chunks(long second) {
    return second % 15 == 0 ? 10 : 0;
  }

  private static double monthEnd(long second) {
    return second / DAY == MONTH_END ? 3 : 1;
  }

  /** At work by day, at home in the evening, and a trip through the tunnel now and then. */
  private static String moved(long second) {
    long hour = second % DAY / HOUR;
    boolean tunnel = second % (3 * HOUR) < 600;
    return (hour >= 9 && hour < 18) == tunnel ? "10.7.1.1" : "10.7.2.1";
  }

  /** Natural rows, those again that came long ago. */
  private Supplier<float[]> natural(Honest caller) {
    return () -> victim.natural().get(caller.random().nextInt(victim.natural().size()));
  }

  /** One thing at rest: mostly the same bits, else nearly so; another thing after some hours. */
  private Supplier<float[]> sensor(Honest caller, int which) {
    float[][] thing = {victim.natural().get(which)};
    float[][] last = {thing[0]};
    return () -> {
      double chance = caller.random().nextDouble();
      if (chance < 1e-4) {
        thing[0] = victim.natural().get(caller.random().nextInt(victim.natural().size()));
        last[0] = thing[0];
      } else if (chance < 0.3) {
        float[] row = thing[0].clone();
        for (int i = 0; i < row.length; i++) {
          row[i] += (float) caller.random().nextGaussian() * 0.3f;
        }
        last[0] = row;
      }
      return last[0];
    };
  }
}
