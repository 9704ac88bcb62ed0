package dev.gatehouse.demo;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the quickstart says as it goes, and what it found to differ from what it expected. */
public final class Report {

  private final PrintStream out;
  private final Ticker ticker = SystemTime.ticker();
  private final long startNanos = ticker.nanos();
  private final List<String> differences = new ArrayList<>();

  /** Says it to {@code out}. */
  public Report(PrintStream out) {
    this.out = out;
  }

  /** One step that was done, with the seconds since the program started. */
  public synchronized void step(String text) {
    double seconds = (ticker.nanos() - startNanos) / 1e9;
    out.println(String.format(Locale.ROOT, "[%5.1f s] %s", seconds, text));
    out.flush();
  }

  /** One line as it is. */
  public synchronized void line(String text) {
    out.println(text);
    out.flush();
  }

  /** Says when {@code actual} is not what was expected, and remembers it. */
  synchronized void expect(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      String difference = what + ": expected " + expected + " but was " + actual;
      differences.add(difference);
      line("DIFFERENT  " + difference);
    }
  }

  synchronized List<String> differences() {
    return List.copyOf(differences);
  }
}
