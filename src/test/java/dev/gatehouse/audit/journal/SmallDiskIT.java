package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** The journal on a real file system that becomes full, or cannot be written any more. */
final class SmallDiskIT {

  private static final int FILLER_BYTES = 16 * 1024;

  @TempDir Path folder;

  private final FakeAnchors anchors = new FakeAnchors();
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString()) == 0,
        "mounting a small file system is not permitted here");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", disk.toString());
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

  private GroupCommitJournal open() throws IOException {
    Journals.Settings settings = new Journals.Settings(disk);
    settings.segmentBytesMax = 20_000;
    settings.closeWaitMax = Duration.ofSeconds(2);
    return Journals.open(settings.done(), anchors, new Disk());
  }

  /** Runs uses until one is refused; returns the grants of those whose answer went. */
  private static List<String> useUntilRefused(GroupCommitJournal journal, String prefix) {
    List<String> answered = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      String grant = prefix + i;
      Use use = journal.begin(Journals.intent(grant));
      if (use == null) {
        return answered;
      }
      Journals.Answer answer = new Journals.Answer();
      use.answered(1, 1, answer);
      Journals.await("told", answer::told);
      if (answer.isDurable()) {
        answered.add(grant);
      }
    }
    throw new AssertionError("never refused");
  }

  @Test
  void use_diskFull_isRefusedUntilThereIsSpaceAndNothingIsLost() throws Exception {
    Path filler = disk.resolve("filler");
    Files.write(filler, new byte[FILLER_BYTES]);
    GroupCommitJournal journal = open();
    List<String> answered = useUntilRefused(journal, "before-");
    assertFalse(answered.isEmpty());
    assertEquals(JournalHealth.State.FAILING, journal.health().state());
    assertNull(journal.begin(Journals.intent("refused")));
    Files.delete(filler);
    Journals.await("healed", () -> journal.health().available());
    Use use = journal.begin(Journals.intent("after"));
    assertNotNull(use);
    Journals.Answer answer = new Journals.Answer();
    use.answered(1, 1, answer);
    Journals.await("durable", answer::isDurable);
    answered.add("after");
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    for (String grant : answered) {
      assertEquals("OK", Journals.outcomeOf(entries, grant), grant);
    }
    assertTrue(anchors.end(journal.id()).orderly());
  }

  @Test
  void use_diskBecomesReadOnly_isRefusedAndTheNextProcessFindsAllThatWasAnswered()
      throws Exception {
    // A kernel makes a file system read-only when it finds it broken, open files or not.
    Path kernel = mountFileSystemThatCanBreak();
    GroupCommitJournal journal = open();
    List<String> answered = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Journals.Answer answer = new Journals.Answer();
      use(journal, "g" + i).answered(1, 1, answer);
      Journals.await("durable", answer::isDurable);
      answered.add("g" + i);
    }
    Journals.await("outcomes", () -> journal.backlog() == 0);
    Files.writeString(kernel, "1");
    Journals.Answer lost = new Journals.Answer();
    use(journal, "lost").answered(1, 1, lost);
    Journals.await("lost", lost::isLost);
    assertNull(journal.begin(Journals.intent("refused")));
    journal.close();
    assertEquals(0, run("umount", disk.toString()));
    mountImage();
    GroupCommitJournal next = open();
    Journals.await("ended", () -> anchors.ended(journal.id()));
    next.close();
    assertEquals(List.of(), next.damaged());
    List<Entry> entries = Journals.read(journal.folder());
    for (String grant : answered) {
      assertEquals("OK", Journals.outcomeOf(entries, grant), grant);
    }
  }

  private static Use use(GroupCommitJournal journal, String grant) {
    Use use = journal.begin(Journals.intent(grant));
    assertNotNull(use);
    return use;
  }

  /** Returns the file through which the kernel can be told that it found an error. */
  private Path mountFileSystemThatCanBreak() throws Exception {
    assertEquals(0, run("umount", disk.toString()));
    Path image = image();
    Files.write(image, new byte[16 << 20]);
    assumeTrue(run("mkfs.ext4", "-q", image.toString()) == 0, "there is no mkfs.ext4 here");
    mountImage();
    for (String mount : Files.readAllLines(Path.of("/proc/mounts"))) {
      String[] parts = mount.split(" ", -1);
      if (parts[1].equals(disk.toString()) && parts[0].startsWith("/dev/")) {
        Path kernel =
            Path.of("/sys/fs/ext4", parts[0].substring("/dev/".length()), "trigger_fs_error");
        assumeTrue(Files.isWritable(kernel), "the kernel cannot be told of an error here");
        return kernel;
      }
    }
    throw new AssertionError("not mounted");
  }

  private Path image() {
    return folder.resolve("image");
  }

  private void mountImage() throws Exception {
    assumeTrue(
        run("mount", "-o", "loop,errors=remount-ro", image().toString(), disk.toString()) == 0,
        "mounting an image is not permitted here");
  }
}
