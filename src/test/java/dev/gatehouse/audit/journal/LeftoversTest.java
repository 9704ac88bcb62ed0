package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of processes that died before their journal began, and folders that look like them. */
final class LeftoversTest {

  @TempDir private Path journals;
  private Leftovers leftovers;

  @BeforeEach
  void make() {
    leftovers = new Leftovers(journals);
  }

  private Path folder() throws IOException {
    return Files.createDirectory(JournalFolder.unfinished(JournalId.random(), journals).path());
  }

  private static Path lockFile(Path folder) throws IOException {
    return Files.createFile(folder.resolve(JournalFolder.LOCK));
  }

  @Test
  void run_emptyOrLockedByNobody_isRemovedInTheSecondRound() throws IOException {
    Path empty = folder();
    Path locked = folder();
    Path unused = lockFile(locked);
    leftovers.run();
    assertTrue(Files.exists(empty) && Files.exists(locked), "they may be just beginning");
    leftovers.run();
    assertFalse(Files.exists(empty));
    assertFalse(Files.exists(locked));
  }

  @Test
  void run_lockHeld_staysUntilItIsFree() throws IOException {
    Path folder = folder();
    try (FileChannel channel = Disk.lockFile(folder.resolve(JournalFolder.LOCK));
        FileLock lock = channel.tryLock()) {
      assertTrue(lock.isValid());
      leftovers.run();
      leftovers.run();
      leftovers.run();
      assertTrue(Files.exists(folder.resolve(JournalFolder.LOCK)));
    }
    leftovers.run();
    assertFalse(Files.exists(folder));
  }

  @Test
  void run_holdsAnythingElse_isLeftAsItIs() throws IOException {
    Path more = folder();
    Path unused = lockFile(more);
    Files.writeString(more.resolve("00000000.segment"), "x");
    Path other = folder();
    Files.writeString(other.resolve("notes"), "x");
    Path text = folder();
    Files.writeString(lockFile(text), "x");
    Path journal = Files.createDirectory(journals.resolve(JournalId.random().value()));
    Path alien = Files.createDirectory(journals.resolve("alien.new"));
    for (int i = 0; i < 3; i++) {
      leftovers.run();
    }
    assertTrue(Files.exists(more.resolve(JournalFolder.LOCK)));
    assertTrue(Files.exists(more.resolve("00000000.segment")));
    assertTrue(Files.exists(other.resolve("notes")));
    assertTrue(Files.exists(text.resolve(JournalFolder.LOCK)));
    assertTrue(Files.exists(journal));
    assertTrue(Files.exists(alien));
  }

  @Test
  void housekeeping_ofALivingJournal_removesThem() throws IOException {
    Path left = folder();
    Path unused = lockFile(left);
    FakeAnchors anchors = new FakeAnchors();
    anchors.failing(true);
    Journals.Settings settings = new Journals.Settings(journals);
    settings.closeWaitMax = Duration.ofMillis(200);
    Path dead = Files.createDirectory(journals.resolve(JournalId.random().value()));
    assertTrue(Files.exists(dead));
    try (GroupCommitJournal journal = Journals.open(settings.done(), anchors, new Disk())) {
      // The dead journal cannot be ended without the control log, so that rounds follow quickly.
      Journals.await("removed", () -> !Files.exists(left));
      assertTrue(Files.exists(journal.folder().path()));
    }
  }
}
