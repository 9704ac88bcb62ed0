package dev.gatehouse.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Sums up what a JVM allocated while a flight recording ran: by class, by the frame that allocated,
 * and by the nearest frame of the gateway on the way there.
 *
 * <p>Arguments: the recording, made with {@code jdk.ObjectAllocationSample} enabled, and optionally
 * the start of the class names that count as ours, and the calls answered meanwhile. The samples'
 * weights are bytes; their sum estimates what was allocated.
 */
public final class AllocationProfile {

  private static final int LINES_MAX = 45;
  private static final String EVENT = "jdk.ObjectAllocationSample";

  private final Map<String, Long> byClass = new HashMap<>();
  private final Map<String, Long> bySite = new HashMap<>();
  private final Map<String, Long> byOurs = new HashMap<>();
  private final String ours;
  private long total;

  private AllocationProfile(String ours) {
    this.ours = ours;
  }

  /** Prints the summary. */
  public static void main(String[] arguments) throws IOException {
    String ours = arguments.length > 1 ? arguments[1] : "dev.gatehouse.";
    AllocationProfile profile = new AllocationProfile(ours);
    try (RecordingFile recording = new RecordingFile(Path.of(arguments[0]))) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().equals(EVENT)) {
          profile.add(event);
        }
      }
    }
    profile.print("by class", profile.byClass);
    profile.print("by allocating frame", profile.bySite);
    profile.print("by nearest frame of " + ours, profile.byOurs);
  }

  private void add(RecordedEvent event) {
    long weight = event.getLong("weight");
    total += weight;
    String type = event.getClass("objectClass").getName();
    byClass.merge(type, weight, Long::sum);
    List<RecordedFrame> frames =
        event.getStackTrace() == null ? List.of() : event.getStackTrace().getFrames();
    bySite.merge(frames.isEmpty() ? "?" : name(frames.getFirst()), weight, Long::sum);
    String nearest =
        frames.stream()
            .filter(frame -> frame.getMethod().getType().getName().startsWith(ours))
            .findFirst()
            .map(AllocationProfile::name)
            .orElse("none");
    byOurs.merge(nearest + "  " + type, weight, Long::sum);
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName()
        + "."
        + frame.getMethod().getName()
        + ":"
        + frame.getLineNumber();
  }

  private void print(String title, Map<String, Long> weights) {
    System.out.printf(Locale.ROOT, "%n%s (of %d MB)%n", title, total >> 20);
    weights.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(LINES_MAX)
        .forEach(
            entry ->
                System.out.printf(
                    Locale.ROOT,
                    "%6.2f %%  %s%n",
                    100.0 * entry.getValue() / Math.max(1, total),
                    entry.getKey()));
  }
}
