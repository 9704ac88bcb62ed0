package dev.gatehouse.demo.attacks;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.testing.InferStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * A few attackers at a gateway that acts by itself: how long until each feels it, and until a
 * stream is cut which it opened before and left alone.
 */
final class ActingScene {

  private static final List<Attack> ATTACKS =
      List.of(Attack.MODEL_ENUMERATION, Attack.EXTRACTION_BY_JACOBIAN, Attack.FLOOD);

  /** How long an attacker goes on after what it felt first. */
  private static final Duration TAIL = Duration.ofSeconds(3);

  private static final int FIRST_NETWORK = 110;

  private final Stage stage;
  private final Options options;
  private final Rows rows;
  private final HeldOut heldOut;
  private final InstantSource clock = SystemTime.wall();

  ActingScene(Stage stage, Options options, Rows rows, HeldOut heldOut) {
    this.stage = stage;
    this.options = options;
    this.rows = rows;
    this.heldOut = heldOut;
  }

  /** Lets them attack, one after the other. */
  List<Reaction> run() throws InterruptedException {
    List<Reaction> reactions = new ArrayList<>();
    for (int i = 0; i < ATTACKS.size(); i++) {
      if (options.runs(ATTACKS.get(i).label())) {
        reactions.add(one(ATTACKS.get(i), FIRST_NETWORK + i));
      }
    }
    return reactions;
  }

  private Reaction one(Attack attack, int network) throws InterruptedException {
    Account account = stage.account(attack.label(), "shop");
    Transcript[] transcript = {new Transcript()};
    Duration most = Duration.ofSeconds(options.seconds());
    try (ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
        Attacker attacker =
            new Attacker(account, rows, network, most, onset -> felt(transcript[0]))) {
      transcript[0] = attacker.transcript();
      InferStream stream = attacker.connect(0).stream();
      stream.send(Line.request(rows.thief().subList(0, 1)));
      stream.awaitAnswers(1);
      CompletableFuture<Optional<Instant>> cut =
          CompletableFuture.supplyAsync(stream::awaitEnd, background)
              .handle(
                  (ended, late) -> late == null ? Optional.of(clock.instant()) : Optional.empty());
      Instant start = clock.instant();
      attack.run(attacker);
      Instant end = clock.instant();
      Optional<Instant> cutAt = cut.getNow(Optional.empty());
      stream.cancel();
      return reaction(attack, attacker.transcript(), start, end, cutAt);
    }
  }

  private boolean felt(Transcript transcript) {
    Instant late = clock.instant().minus(TAIL);
    return transcript.restraints().values().stream().anyMatch(at -> at.isBefore(late));
  }

  private Reaction reaction(
      Attack attack, Transcript transcript, Instant start, Instant end, Optional<Instant> cut) {
    Map<String, Instant> restraints = transcript.restraints();
    Instant first = restraints.values().stream().findFirst().orElse(end);
    return new Reaction(
        attack.label(),
        restraints.entrySet().stream()
            .map(one -> "`" + one.getKey() + "`")
            .collect(Collectors.joining(", ")),
        seconds(start, first),
        transcript.queries(start, first),
        cut.isPresent() ? OptionalDouble.of(seconds(start, cut.get())) : OptionalDouble.empty(),
        transcript.agreement(end, heldOut));
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }
}
