package dev.gatehouse.demo.attacks;

import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.Infer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What each attacker does. Random choices are the same in every run. */
final class Scripts {

  private static final long SEED = 20_261_122;
  private static final double ROWS_A_SECOND = 10;
  private static final int SEEDS = 50;
  private static final int FLOOD_LOOPS = 8;
  private static final int FLOOD_ROWS = 50;
  private static final double FLOOD_CALLS_A_SECOND = 5;
  private static final int KNOWN_SECONDS = 75;

  /** More than the calls whose networks are taken for the caller's own. */
  private static final int OWNERS_ROWS = 60;

  private static final int NETWORKS = 3;
  private static final int MEMBERS = 250;

  /** A connection may reset 200 streams in 30 s; each of these stays a little below. */
  private static final int CANCEL_CONNECTIONS = 3;

  private static final double CANCELS_A_SECOND = 6;
  private static final int CANCEL_MILLIS = 4;
  private static final float CANCELLED_WORK = 600;

  private static final List<String> NAMES =
      List.of("fraud", "churn", "credit-risk", "faces", "speech", "pricing", "triage", "ranking");

  private Scripts() {}

  static void slowDrip(Attacker attacker) throws InterruptedException {
    ask(attacker, Queries.natural(attacker.rows().thief(), new Random(SEED)), 1);
  }

  static void flood(Attacker attacker) throws InterruptedException {
    Callable<Boolean> loop =
        () -> {
          List<float[]> rows = attacker.rows().thief().subList(0, FLOOD_ROWS);
          Line line = attacker.connect(0);
          Pace pace = new Pace(FLOOD_CALLS_A_SECOND);
          while (attacker.goesOn()) {
            pace.turn();
            attacker.ask(line, rows);
          }
          return true;
        };
    try (ExecutorService loops = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> running = new ArrayList<>();
      for (int i = 0; i < FLOOD_LOOPS; i++) {
        running.add(loops.submit(loop));
      }
      for (Future<Boolean> one : running) {
        boolean ignored = one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Prometheus makes the limits of callers it has not seen before once a minute. */
  static void floodAfterAWhile(Attacker attacker) throws InterruptedException {
    Line line = attacker.connect(0);
    Pace pace = new Pace(1);
    for (int second = 0; second < KNOWN_SECONDS; second++) {
      pace.turn();
      attacker.ask(line, List.of(attacker.rows().thief().get(second)));
    }
    attacker.begin();
    flood(attacker);
  }

  static void enumeration(Attacker attacker) throws InterruptedException {
    Line line = attacker.connect(0);
    Pace pace = new Pace(5);
    for (int i = 0; attacker.goesOn(); i++) {
      pace.turn();
      String name = NAMES.get(i % NAMES.size()) + "-v" + i / NAMES.size();
      ModelInferRequest request = Infer.floats(name, "x", 1).build();
      attacker.call(1, () -> line.infer(request));
    }
  }

  static void stuffing(Attacker attacker) throws InterruptedException {
    Line line = attacker.connect(0);
    ModelInferRequest request = Line.request(attacker.rows().thief().subList(0, 1));
    Random random = new Random(SEED);
    Pace pace = new Pace(50);
    while (attacker.goesOn()) {
      pace.turn();
      // The shape of a key; its checksum is as wrong as the rest of it.
      StringBuilder key = new StringBuilder("ghk_k").append(random.nextInt(1_000_000)).append('_');
      for (int i = 0; i < 43; i++) {
        key.append((char) ('a' + random.nextInt(26)));
      }
      String invented = key.append("_aaaaaa").toString();
      attacker.call(1, () -> line.inferWith(invented, request));
    }
  }

  static void keySharing(Attacker attacker) throws InterruptedException {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < NETWORKS; i++) {
      lines.add(attacker.connect(i));
    }
    Queries queries = Queries.natural(attacker.rows().thief(), new Random(SEED));
    Pace pace = new Pace(3);
    // The owner is alone at first: where a caller begins is its own.
    for (int i = 0; i < OWNERS_ROWS; i++) {
      pace.turn();
      attacker.ask(lines.getFirst(), List.of(queries.next().orElseThrow()));
    }
    attacker.begin();
    for (int i = 0; attacker.goesOn(); i++) {
      pace.turn();
      Optional<float[]> row = queries.next();
      if (row.isEmpty()) {
        return;
      }
      attacker.ask(lines.get(i % NETWORKS), List.of(row.get()));
    }
  }

  static void noise(Attacker attacker) throws InterruptedException {
    ask(attacker, Queries.noise(new Random(SEED)), ROWS_A_SECOND);
  }

  static void jacobian(Attacker attacker) throws InterruptedException {
    ask(attacker, Augmentation.jacobian(seeds(attacker), new Random(SEED)), ROWS_A_SECOND);
  }

  static void targeted(Attacker attacker) throws InterruptedException {
    ask(attacker, Augmentation.targeted(seeds(attacker), new Random(SEED)), ROWS_A_SECOND);
  }

  private static List<float[]> seeds(Attacker attacker) {
    return attacker.rows().thief().subList(0, SEEDS);
  }

  static void natural(Attacker attacker) throws InterruptedException {
    ask(attacker, Queries.natural(attacker.rows().thief(), new Random(SEED)), ROWS_A_SECOND);
  }

  static void boundaryWalk(Attacker attacker) throws InterruptedException {
    ask(attacker, new BoundaryWalk(attacker.rows().thief(), new Random(SEED)), ROWS_A_SECOND);
  }

  static void nearDuplicates(Attacker attacker) throws InterruptedException {
    ask(attacker, Queries.variations(attacker.rows().thief(), new Random(SEED)), ROWS_A_SECOND);
  }

  static void membership(Attacker attacker) throws InterruptedException {
    Rows rows = attacker.rows();
    Membership membership = new Membership(rows.thief().subList(0, MEMBERS), rows.heldOut());
    ask(attacker, membership, ROWS_A_SECOND);
    attacker.note(
        String.format(
            Locale.ROOT,
            "area under the curve %.2f, 0.5 is guessing",
            membership.areaUnderCurve()));
  }

  /** Asks row by row until there is no time or no row left. */
  private static void ask(Attacker attacker, Queries queries, double rowsASecond)
      throws InterruptedException {
    Line line = attacker.connect(0);
    Pace pace = new Pace(rowsASecond);
    while (attacker.goesOn()) {
      Optional<float[]> row = queries.next();
      if (row.isEmpty()) {
        return;
      }
      pace.turn();
      attacker
          .ask(line, List.of(row.get()))
          .ifPresent(scores -> queries.answered(row.get(), scores.getFirst()));
    }
  }

  static void cancelAbuse(Attacker attacker) throws InterruptedException {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < CANCEL_CONNECTIONS; i++) {
      lines.add(attacker.connect(0));
    }
    ModelInferRequest request = Infer.floats(Stage.SLOW, "work", CANCELLED_WORK).build();
    Pace pace = new Pace(CANCEL_CONNECTIONS * CANCELS_A_SECOND);
    for (int i = 0; attacker.goesOn(); i++) {
      pace.turn();
      attacker.abandoned();
      lines.get(i % CANCEL_CONNECTIONS).cancel(request, CANCEL_MILLIS);
    }
  }

  static void poison(Attacker attacker) throws InterruptedException {
    Line line = attacker.connect(0);
    Queries natural = Queries.natural(attacker.rows().thief(), new Random(SEED));
    ModelInferRequest rejected = Infer.floats(Stage.PICKY, "x", -1).build();
    Pace pace = new Pace(ROWS_A_SECOND);
    for (int i = 0; attacker.goesOn(); i++) {
      pace.turn();
      Optional<float[]> row = natural.next();
      if (i % 2 == 0 || row.isEmpty()) {
        attacker.call(1, () -> line.infer(rejected));
      } else {
        float[] odd = row.get().clone();
        odd[i % odd.length] = i % 4 == 1 ? Float.NaN : Float.POSITIVE_INFINITY;
        attacker.call(1, () -> line.digits(List.of(odd)));
      }
    }
  }
}
