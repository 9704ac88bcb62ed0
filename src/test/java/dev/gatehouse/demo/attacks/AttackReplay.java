package dev.gatehouse.demo.attacks;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.demo.Report;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * Replays known attacks on a packaged gateway while honest callers use it, and prints of each who
 * noticed it, by which rule, after how many seconds and queries, and how good the thief's copy of
 * the model was by then.
 *
 * <p>First against a gateway that only says what it finds, each attack by a new caller; then what
 * each output policy costs a thief; then a few attacks against a gateway that acts. The tables go
 * to standard output and, with the same as JSON, to {@code attacks} in the build folder. It is a
 * report: it fails only if an honest caller was restricted, or would have been.
 */
public final class AttackReplay {

  private static final int EXAMINER_NETWORK = 9;
  private static final int EXAMINER_ROWS = 50;
  private static final int FIRST_NETWORK = 40;

  /** An attack may use so many networks. */
  private static final int NETWORKS_EACH = 4;

  private final Report report;
  private final Options options;
  private final Stage stage;
  private final Rows rows;
  private final HeldOut heldOut;
  private final Honest honest;
  private final InstantSource clock = SystemTime.wall();

  private AttackReplay(Report report, Options options, Stage stage, Rows rows) {
    this.report = report;
    this.options = options;
    this.stage = stage;
    this.rows = rows;
    this.heldOut = heldOut(stage, rows);
    this.honest = Honest.start(stage, rows.honest());
  }

  /** Runs it. No arguments; the system properties are those of the profile {@code attacks}. */
  public static void main(String[] arguments) throws InterruptedException {
    Report report = new Report(System.out);
    Options options = Options.read();
    Rows rows = Rows.read();
    List<String> restricted = new ArrayList<>();
    try (KeycloakServer keycloak = KeycloakServer.start();
        PostgresServer postgres = PostgresServer.start()) {
      HeldTokens tokens = new HeldTokens(keycloak.login());
      Tables tables;
      try (Stage stage = Stage.open(keycloak, tokens, postgres, "shadow")) {
        report.step("a gateway that only says what it finds; its log: " + stage.gateway().log());
        AttackReplay replay = new AttackReplay(report, options, stage, rows);
        tables = replay.watched(restricted);
      }
      try (Stage stage = Stage.open(keycloak, tokens, postgres, "act")) {
        report.step("a gateway that acts; its log: " + stage.gateway().log());
        AttackReplay replay = new AttackReplay(report, options, stage, rows);
        tables = replay.acting(tables, restricted);
      }
      write(tables);
      report.line("\n" + tables.markdown());
    }
    if (!restricted.isEmpty()) {
      throw new IllegalStateException(
          "honest callers were restricted, or would have been: " + restricted);
    }
  }

  /** What the model says of the held-out rows, as somebody sees whom nothing is withheld from. */
  private static HeldOut heldOut(Stage stage, Rows rows) {
    int[] classes = new int[rows.heldOut().size()];
    Account examiner = stage.account("examiner", "vision");
    try (Line line = examiner.from("127.0." + EXAMINER_NETWORK + ".1")) {
      for (int from = 0; from < classes.length; from += EXAMINER_ROWS) {
        int to = Math.min(from + EXAMINER_ROWS, classes.length);
        List<float[]> scores = line.digits(rows.heldOut().subList(from, to));
        for (int i = from; i < to; i++) {
          classes[i] = Surrogate.greatest(scores.get(i - from));
        }
      }
    }
    return new HeldOut(rows.heldOut(), classes);
  }

  private Tables watched(List<String> restricted) throws InterruptedException {
    try (honest;
        Detection detection = Detection.start(stage, options.prometheus(), report)) {
      Instant start = clock.instant();
      report.step("honest callers are alone for " + options.warmUpSeconds() + " s");
      Thread.sleep(Duration.ofSeconds(options.warmUpSeconds()));
      List<Outcome> outcomes = attacks(detection);
      List<PolicyCost> policies =
          options.runs("policies") ? PolicyScene.run(stage, rows, heldOut) : List.of();
      report.step(
          String.format(
              Locale.ROOT,
              "honest callers over all: %,d calls, failed: %s, accused: %s",
              honest.calls(),
              honest.failures(),
              accused(detection, start, clock.instant())));
      detection.of(honest.ids(), start, clock.instant()).stream()
          .filter(Sign::restricts)
          .map(Sign::caller)
          .forEach(restricted::add);
      return new Tables(outcomes, policies, List.of());
    }
  }

  private Tables acting(Tables tables, List<String> restricted) throws InterruptedException {
    try (honest) {
      List<Reaction> reactions = new ActingScene(stage, options, rows, heldOut).run();
      report.step("honest callers: " + honest.calls() + " calls, failed: " + honest.failures());
      restricted.addAll(restricted());
      return new Tables(tables.attacks(), tables.policies(), reactions);
    }
  }

  private List<Outcome> attacks(Detection detection) throws InterruptedException {
    List<Attack> alone = new ArrayList<>();
    List<CompletableFuture<Outcome>> beside = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>();
    CompletableFuture<Void> over = new CompletableFuture<>();
    try (ExecutorService background = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Attack attack : Attack.values()) {
        if (!options.runs(attack.label())) {
          continue;
        }
        if (attack.background()) {
          beside.add(
              CompletableFuture.supplyAsync(() -> unhurried(attack, detection, over), background));
        } else {
          alone.add(attack);
        }
      }
      try {
        for (int i = 0; i < alone.size(); i++) {
          if (i == alone.size() / 2) {
            honest.newcomer();
          }
          Duration most = Duration.ofSeconds(options.seconds());
          outcomes.add(one(alone.get(i), detection, most, over));
        }
      } finally {
        over.complete(null);
      }
      beside.forEach(one -> outcomes.addFirst(one.join()));
    }
    return outcomes;
  }

  private Outcome unhurried(Attack attack, Detection detection, CompletableFuture<Void> over) {
    try {
      return one(attack, detection, Duration.ofHours(1), over);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Outcome one(
      Attack attack, Detection detection, Duration most, CompletableFuture<Void> over)
      throws InterruptedException {
    Account account = stage.account(attack.label(), "shop");
    Set<String> names = Set.of(attack.anonymous() ? "" : account.id());
    long calls = honest.calls();
    long failed = honest.failed();
    int network = FIRST_NETWORK + attack.ordinal() * NETWORKS_EACH;
    Predicate<Instant> ends =
        onset -> over.isDone() || !attack.background() && detection.complete(names, onset);
    try (Attacker attacker = new Attacker(account, rows, network, most, ends)) {
      attack.run(attacker);
      Instant start = attacker.onset();
      Instant end = clock.instant();
      Outcome.Company company =
          new Outcome.Company(
              accused(detection, start, end), honest.calls() - calls, honest.failed() - failed);
      List<Sign> signs = detection.of(names, start, end);
      Outcome outcome = outcome(attack, attacker, signs, start, end, company);
      report.step(
          String.format(
              Locale.ROOT,
              "%s: %,d queries in %.1f s, %s, noticed: %s",
              attack.label(),
              outcome.queries(),
              outcome.seconds(),
              outcome.endings(),
              outcome.noticed()));
      return outcome;
    }
  }

  private Outcome outcome(
      Attack attack,
      Attacker attacker,
      List<Sign> signs,
      Instant start,
      Instant end,
      Outcome.Company company) {
    Transcript transcript = attacker.transcript();
    return new Outcome(
        attack.label(),
        seconds(start, end),
        transcript.queries(start, end),
        transcript.endings(),
        signs.stream()
            .map(
                sign ->
                    new Outcome.Noticed(
                        sign.rule(),
                        sign.by(),
                        seconds(start, sign.at()),
                        transcript.queries(start, sign.at()),
                        sign.restricts()))
            .toList(),
        signs.isEmpty()
            ? OptionalDouble.empty()
            : transcript.agreement(signs.getFirst().at(), heldOut),
        transcript.agreement(end, heldOut),
        attacker.note(),
        company);
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }

  private List<String> accused(Detection detection, Instant from, Instant to) {
    return detection.of(honest.ids(), from, to).stream()
        .map(
            sign ->
                sign.caller()
                    + ": `"
                    + sign.rule()
                    + "` ("
                    + sign.by()
                    + (sign.restricts() ? ", acts)" : ")"))
        .toList();
  }

  /** Honest callers that are or were restricted. */
  private List<String> restricted() {
    return stage.restrictions().stream()
        .map(one -> one.getCaller().replace("callers/", ""))
        .filter(honest.ids()::contains)
        .toList();
  }

  private static void write(Tables tables) {
    Path folder = Path.of(System.getProperty("gatehouse.build.directory", "target"), "attacks");
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("attacks.md"), tables.markdown());
      Files.writeString(folder.resolve("attacks.json"), tables.json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
