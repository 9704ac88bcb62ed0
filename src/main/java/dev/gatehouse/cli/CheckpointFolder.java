package dev.gatehouse.cli;

import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.verify.Note;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder of checkpoints, as the gateway and others keep them. */
final class CheckpointFolder {

  /** The most checkpoints that are read: those whose names come last, which are the largest. */
  static final int FILES_MAX = 1_000_000;

  private CheckpointFolder() {}

  /** What is in a folder, or nothing if there is none; hidden files are not. */
  static List<Note> notes(@Nullable Path folder) throws IOException {
    if (folder == null) {
      return List.of();
    }
    List<Note> notes = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> last = files.sorted(Comparator.reverseOrder()).limit(FILES_MAX).toList();
      for (Path file : last.reversed()) {
        String name = file.getFileName().toString();
        if (!name.startsWith(".") && Files.isRegularFile(file)) {
          notes.add(new Note(name, KeyTexts.raw(file)));
        }
      }
    }
    return notes;
  }

  /** The largest checkpoint of a trusted key that is not beyond {@code size}, with its note. */
  static Note latest(List<Note> notes, List<VerifierKey> keys, long size) throws IOException {
    Note best = null;
    long largest = -1;
    for (Note note : notes) {
      for (VerifierKey key : keys) {
        long vouched = size(note, key);
        if (vouched > largest && vouched <= size) {
          best = note;
          largest = vouched;
        }
      }
    }
    if (best == null) {
      throw new IOException("no checkpoint of a trusted key is there: nothing can be proved");
    }
    return best;
  }

  /** What a trusted key vouches for in a note, or -1. */
  private static long size(Note note, VerifierKey key) {
    try {
      return Checkpoint.open(note.text(), key).size();
    } catch (NoteException e) {
      return -1;
    }
  }
}
