package dev.gatehouse.demo.attacks;

import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.testing.GatewayClient;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Who attacks: an account, a network to call from, and what was asked and answered so far. */
final class Attacker implements AutoCloseable {

  private final Account account;
  private final Rows rows;
  private final int network;
  private final Ticker ticker = SystemTime.ticker();
  private final InstantSource clock = SystemTime.wall();
  private final Duration most;
  private final Predicate<Instant> over;
  private final Transcript transcript = new Transcript();
  private final List<Line> lines = new CopyOnWriteArrayList<>();
  private volatile Instant onset = clock.instant();
  private volatile Deadline end;
  private volatile String note = "";

  /**
   * Attacks from 127.0.{@code network}.0/24.
   *
   * @param most how long it may last
   * @param over whether an attack that began then is to end now
   */
  Attacker(Account account, Rows rows, int network, Duration most, Predicate<Instant> over) {
    this.account = account;
    this.rows = rows;
    this.network = network;
    this.most = most;
    this.over = over;
    this.end = Deadline.after(most, ticker);
  }

  /** The attack begins now; what was before only made the caller known. */
  void begin() {
    onset = clock.instant();
    end = Deadline.after(most, ticker);
  }

  /** When the attack began. */
  Instant onset() {
    return onset;
  }

  /** Whether the attack has time left. */
  boolean goesOn() {
    return !end.passed(ticker.nanos())
        && !over.test(onset)
        && !Thread.currentThread().isInterrupted();
  }

  /** The images it has. */
  Rows rows() {
    return rows;
  }

  /** Whom it is registered as. */
  Account account() {
    return account;
  }

  /** Another connection with its key, from the {@code further}th network beyond its own. */
  Line connect(int further) {
    Line line = account.from("127.0." + (network + further) + ".1");
    lines.add(line);
    return line;
  }

  /**
   * Asks with rows of digits what they show.
   *
   * @return the scores of each, or empty if it was refused
   */
  Optional<List<float[]>> ask(Line line, List<float[]> asked) {
    Optional<List<float[]>> scores = call(asked.size(), () -> line.digits(asked));
    scores.ifPresent(
        all -> {
          for (int i = 0; i < asked.size(); i++) {
            transcript.answered(clock.instant(), asked.get(i), all.get(i));
          }
        });
    return scores;
  }

  /** Makes a call that counts as so many queries; empty if it was refused. */
  <T> Optional<T> call(int queries, Supplier<T> call) {
    transcript.sent(clock.instant(), queries);
    try {
      T answer = call.get();
      transcript.ended(clock.instant(), "OK");
      return Optional.of(answer);
    } catch (StatusRuntimeException refused) {
      transcript.ended(clock.instant(), reason(refused));
      return Optional.empty();
    }
  }

  /** A call that nobody waited for. */
  void abandoned() {
    transcript.sent(clock.instant(), 1);
    transcript.ended(clock.instant(), "abandoned");
  }

  /** The reason of a refusal, or its status if it has none. */
  static String reason(StatusRuntimeException refused) {
    return GatewayClient.errorInfo(refused)
        .map(ErrorInfo::getReason)
        .orElse(refused.getStatus().getCode().name());
  }

  /** What it asked and was told. */
  Transcript transcript() {
    return transcript;
  }

  /** What else is to be said of the attack. */
  void note(String text) {
    note = text;
  }

  /** What else is to be said of the attack; may be empty. */
  String note() {
    return note;
  }

  @Override
  public void close() {
    lines.forEach(Line::close);
  }
}
