package dev.gatehouse.audit.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * A folder with one file for each checkpoint, {@code <size>.checkpoint}, the size in 19 decimal
 * digits. Files are made, never changed.
 */
public final class FileCheckpointSink implements CheckpointSink {

  private static final Logger LOG = Logger.getLogger(FileCheckpointSink.class);
  private static final String NAME = "file";
  private static final String SUFFIX = ".checkpoint";

  private final Path folder;

  private FileCheckpointSink(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens a folder, and makes it if it is missing.
   *
   * @throws IOException if it cannot be made
   */
  public static FileCheckpointSink open(Path folder) throws IOException {
    Path made = Files.createDirectories(folder.toAbsolutePath());
    return new FileCheckpointSink(made);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void keep(Checkpoint checkpoint, SignedNote note) throws IOException {
    Path file = folder.resolve(fileName(checkpoint.size()));
    Path whole = Files.createTempFile(folder, ".new-", ".tmp");
    try {
      write(whole, note.toString());
      // A link fails where a rename would replace what is there.
      Files.createLink(file, whole);
    } catch (FileAlreadyExistsException e) {
      requireSame(file, checkpoint);
      return;
    } finally {
      Files.deleteIfExists(whole);
    }
    sync(folder);
  }

  /** Of two replicas with keys of their own, each may have signed the same. */
  private static void requireSame(Path file, Checkpoint checkpoint) throws IOException {
    try {
      SignedNote there = SignedNote.parse(Files.readString(file));
      if (!Checkpoint.parse(there.text()).equals(checkpoint)) {
        throw new OtherCheckpointException(file + " is there and says something else", there);
      }
    } catch (NoteException e) {
      throw new IOException(file + " is there and is no checkpoint: " + e.getMessage(), e);
    }
  }

  private static String fileName(long size) {
    return String.format(Locale.ROOT, "%019d", size) + SUFFIX;
  }

  private static void write(Path file, String note) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(note);
      while (bytes.hasRemaining()) {
        int unused = channel.write(bytes);
      }
      channel.force(true);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * The largest checkpoint here that is signed with {@code key}, or empty if there is none. Files
   * that are none, or of others, are passed over.
   *
   * @throws IOException if the folder cannot be read
   */
  public Optional<Signed> latest(VerifierKey key) throws IOException {
    for (Path file : newestFirst()) {
      try {
        String text = text(file);
        return Optional.of(new Signed(Checkpoint.open(text, key), SignedNote.parse(text)));
      } catch (NoteException e) {
        LOG.debugf("%s is passed over: %s", file, e.getMessage());
      }
    }
    return Optional.empty();
  }

  /**
   * The notes of the largest checkpoints of more than {@code size} entries, whoever signed them,
   * the largest first. Files that are none are passed over.
   *
   * @param most how many at most
   * @throws IOException if the folder cannot be read
   */
  List<SignedNote> largerThan(long size, int most) throws IOException {
    String last = fileName(size);
    List<SignedNote> notes = new ArrayList<>();
    for (Path file : newestFirst()) {
      if (notes.size() == most || file.getFileName().toString().compareTo(last) <= 0) {
        break;
      }
      try {
        notes.add(SignedNote.parse(text(file)));
      } catch (NoteException e) {
        LOG.debugf("%s is passed over: %s", file, e.getMessage());
      }
    }
    return notes;
  }

  /** The text of a file; whoever may write to the folder must not stop those who read it. */
  private static String text(Path file) throws NoteException, IOException {
    if (!Files.isRegularFile(file)) {
      throw NoteException.malformed("it is no file, or none any more");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw NoteException.malformed("it is no text");
    }
  }

  /**
   * A checkpoint with its signature.
   *
   * @param checkpoint what it says
   * @param note the note that says it
   */
  public record Signed(Checkpoint checkpoint, SignedNote note) {}

  private List<Path> newestFirst() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("\\d{19}\\" + SUFFIX))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }
}
