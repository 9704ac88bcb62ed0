package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.checkpoint.NoteException.Reason;
import dev.gatehouse.keys.SigningKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text with signatures, of the form of C2SP signed-note: the text, an empty line, and for each
 * signature a line {@code — name base64(key id || signature)}.
 *
 * @param text what is signed; ends with a line feed
 * @param signatures who signed it, as it says
 */
public record SignedNote(String text, List<Signature> signatures) {

  /** The most characters of a note. */
  public static final int CHARS_MAX = 1 << 16;

  /** The most signatures of a note. */
  public static final int SIGNATURES_MAX = 64;

  private static final String DASH = "\u2014 ";
  private static final int ID_BYTES = 4;

  /** Copies the signatures. */
  public SignedNote {
    signatures = List.copyOf(signatures);
  }

  /**
   * A signature as a note has it; not verified.
   *
   * @param name who signed, as it says
   * @param keyId the id of the key, as it says
   * @param base64 the id and the bytes of the signature
   */
  public record Signature(String name, int keyId, String base64) {

    byte[] bytes() {
      byte[] all = Base64.getDecoder().decode(base64);
      return Arrays.copyOfRange(all, ID_BYTES, all.length);
    }
  }

  /** Signs a text, which ends with a line feed, as the one whom {@code as} names. */
  static SignedNote sign(String text, SigningKey key, VerifierKey as) {
    byte[] signature = key.sign(text.getBytes(StandardCharsets.UTF_8));
    byte[] all =
        ByteBuffer.allocate(ID_BYTES + signature.length).putInt(as.id()).put(signature).array();
    return new SignedNote(
        text, List.of(new Signature(as.name(), as.id(), Base64.getEncoder().encodeToString(all))));
  }

  /**
   * The note that a text is.
   *
   * @throws NoteException if it is not of the form
   */
  public static SignedNote parse(String note) throws NoteException {
    if (note.length() > CHARS_MAX) {
      throw NoteException.malformed("the note is longer than " + CHARS_MAX + " characters");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(note)
        || note.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      throw NoteException.malformed("the note has characters that no note has");
    }
    int gap = note.lastIndexOf("\n\n");
    if (gap < 0 || !note.endsWith("\n")) {
      throw NoteException.malformed("the note has no empty line, or its last line does not end");
    }
    // Without the last line feed, after which there is no line.
    String[] lines = note.substring(gap + 2, Math.max(gap + 2, note.length() - 1)).split("\n", -1);
    if (lines.length > SIGNATURES_MAX) {
      throw NoteException.malformed("the note has more than " + SIGNATURES_MAX + " signatures");
    }
    List<Signature> signatures = new ArrayList<>();
    for (String line : lines) {
      signatures.add(signature(line));
    }
    return new SignedNote(note.substring(0, gap + 1), signatures);
  }

  private static Signature signature(String line) throws NoteException {
    String[] parts = line.startsWith(DASH) ? line.substring(DASH.length()).split(" ", -1) : null;
    byte @Nullable [] bytes =
        parts != null && parts.length == 2 ? VerifierKey.base64(parts[1]) : null;
    if (parts == null
        || bytes == null
        || bytes.length <= ID_BYTES
        || !VerifierKey.isName(parts[0])) {
      throw NoteException.malformed("a line of the note is not that of a signature");
    }
    return new Signature(parts[0], ByteBuffer.wrap(bytes).getInt(), parts[1]);
  }

  /**
   * Returns if the text is signed with {@code key}. Signatures of others count for nothing.
   *
   * @throws NoteException if it is not, or has any signature in that key's name and id that is not
   *     its own
   */
  public void requireSignedBy(VerifierKey key) throws NoteException {
    boolean signed = false;
    for (Signature signature : signatures) {
      if (!signature.name().equals(key.name()) || signature.keyId() != key.id()) {
        continue;
      }
      if (!key.verifies(signature.bytes(), text.getBytes(StandardCharsets.UTF_8))) {
        throw new NoteException(
            Reason.SIGNATURE_WRONG, "the signature of " + key.name() + " is not that of its key");
      }
      signed = true;
    }
    if (!signed) {
      throw new NoteException(Reason.NOT_SIGNED, "the note is not signed with the key of " + key);
    }
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    StringBuilder note = new StringBuilder(text).append('\n');
    for (Signature signature : signatures) {
      note.append(DASH)
          .append(signature.name())
          .append(' ')
          .append(signature.base64())
          .append('\n');
    }
    return note.toString();
  }
}
