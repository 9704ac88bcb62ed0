package dev.gatehouse.cli;

import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small texts out of files and arguments. */
final class KeyTexts {

  /** The most bytes of a file of one text. */
  static final int FILE_BYTES_MAX = 1 << 16;

  private KeyTexts() {}

  /** The text of a file, without white space around it. */
  static String file(Path file) throws IOException {
    return raw(file).strip();
  }

  /** The text of a file. */
  static String raw(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new IOException(file + " has more than " + FILE_BYTES_MAX + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** The keys that arguments are, each a verifier key or the path of a file that holds one. */
  static List<VerifierKey> keys(List<String> arguments) throws IOException {
    List<VerifierKey> keys = new ArrayList<>();
    for (String argument : arguments) {
      keys.add(key(argument));
    }
    return keys;
  }

  private static VerifierKey key(String argument) throws IOException {
    try {
      return VerifierKey.parse(isFile(argument) ? file(Path.of(argument)) : argument);
    } catch (NoteException e) {
      throw new IOException("--key " + argument + ": " + e.getMessage(), e);
    }
  }

  private static boolean isFile(String argument) {
    try {
      return Files.isRegularFile(Path.of(argument));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
