package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.audit.AccessJournal.Use;
import dev.gatehouse.audit.entry.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The journal on a disk that really does not answer: its file system is in a file of another one,
 * which the kernel freezes. Writes then go to the page cache as ever, and {@code fsync} hangs in
 * the kernel until the other one thaws.
 */
final class HangingDiskIT {

  private static final Duration STALL_MAX = Duration.ofSeconds(3);

  @TempDir Path folder;

  private final FakeAnchors anchors = new FakeAnchors();
  private final List<Path> mounted = new ArrayList<>();
  private Path below;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    below = mounted("below", folder.resolve("image"), 48 << 20);
    disk = mounted("disk", below.resolve("image"), 24 << 20);
  }

  private Path mounted(String name, Path image, int bytes) throws Exception {
    Path point = Files.createDirectory(folder.resolve(name));
    Files.write(image, new byte[bytes]);
    assumeTrue(run("mkfs.ext4", "-q", image.toString()) == 0, "there is no mkfs.ext4 here");
    assumeTrue(
        run("mount", "-o", "loop", image.toString(), point.toString()) == 0,
        "mounting an image is not permitted here");
    mounted.add(point);
    return point;
  }

  @AfterEach
  void unmount() throws Exception {
    for (Path each : mounted.reversed()) {
      run("umount", "-l", each.toString());
    }
  }

  private static int run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(List.of(command) + " does not end");
    }
    return process.exitValue();
  }

  /** Freezes what is below, until it is closed or this process dies: nothing stays frozen. */
  private final class Frozen implements AutoCloseable {
    private final Process holder;

    Frozen() throws Exception {
      holder =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  "fsfreeze -f \"$0\" && echo frozen && cat; fsfreeze -u \"$0\"",
                  below.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said = holder.inputReader().readLine();
      if (said == null) {
        close();
      }
      assumeTrue("frozen".equals(said), "freezing a file system is not permitted here");
    }

    @Override
    public void close() throws Exception {
      holder.outputWriter().close();
      assertTrue(holder.waitFor(60, TimeUnit.SECONDS), "it does not thaw");
    }
  }

  private GroupCommitJournal open() throws IOException {
    Journals.Settings settings = new Journals.Settings(disk);
    settings.commitStallMax = STALL_MAX;
    return Journals.open(settings.done(), anchors, new Disk());
  }

  private static Use use(GroupCommitJournal journal, String grant) {
    Use use = journal.begin(Journals.intent(grant));
    assertNotNull(use, grant);
    return use;
  }

  private static Journals.Answer answered(Use use) {
    Journals.Answer answer = new Journals.Answer();
    use.answered(1, 1, answer);
    return answer;
  }

  private static List<String> answeredUses(GroupCommitJournal journal, String prefix) {
    List<String> grants = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      grants.add(prefix + i);
      Journals.await("durable", answered(use(journal, prefix + i))::isDurable);
    }
    return grants;
  }

  @Test
  void use_diskHangs_isRefusedUntilItAnswersAndNothingAnsweredIsMissing() throws Exception {
    GroupCommitJournal journal = open();
    List<String> answered = answeredUses(journal, "before-");
    Journals.await("outcomes", () -> journal.backlog() == 0);
    Use open;
    try (Frozen frozen = new Frozen()) {
      assertTrue(frozen.holder.isAlive());
      Journals.Answer waiting = answered(use(journal, "waiting"));
      open = use(journal, "open");
      Journals.await("lost", waiting::isLost);
      assertEquals(JournalHealth.State.STALLED, journal.health().state());
      assertNull(journal.begin(Journals.intent("refused")));
      assertTrue(answered(open).isLost());
      assertEquals(0, journal.commitFailures(), "it hangs, and does not fail");
    }
    Journals.await("healed", () -> journal.health().available());
    answered.addAll(answeredUses(journal, "after-"));
    journal.close();
    assertEquals(List.of(), journal.damaged());
    assertTrue(anchors.end(journal.id()).orderly());
    requireRecorded(journal, answered);
  }

  private static void requireRecorded(GroupCommitJournal journal, List<String> answered)
      throws IOException {
    List<Entry> entries = Journals.read(journal.folder());
    for (String grant : answered) {
      assertEquals("OK", Journals.outcomeOf(entries, grant), grant);
    }
  }
}
