package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.checkpoint.NoteException.Reason;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.Proofs;
import dev.gatehouse.keys.SigningKey;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a log was at one moment, of the form of C2SP tlog-checkpoint: three lines. Lines of
 * extensions, which could not be audited, are not taken.
 *
 * @param origin the name of the log; that of the key which signs it
 * @param size how many entries it has
 * @param root the root of their tree
 */
public record Checkpoint(String origin, long size, Hash root) {

  private static final int LINES = 3;

  /** Checks the values. */
  public Checkpoint {
    if (!VerifierKey.isName(origin) || size < 0 || size > Proofs.SIZE_MAX) {
      throw new IllegalArgumentException("no checkpoint of " + origin + " at " + size);
    }
  }

  /** The text that is signed. */
  public String text() {
    return origin + "\n" + size + "\n" + Base64.getEncoder().encodeToString(root.bytes()) + "\n";
  }

  /**
   * Signs it.
   *
   * @param as the public key of {@code key}, named as the origin
   */
  public SignedNote sign(SigningKey key, VerifierKey as) {
    if (!as.name().equals(origin)) {
      throw new IllegalArgumentException("a checkpoint is signed in the name of its log");
    }
    return SignedNote.sign(text(), key, as);
  }

  /**
   * The checkpoint that a signed note is.
   *
   * @throws NoteException if it is none, is not signed with that key, or is of another log
   */
  public static Checkpoint open(String note, VerifierKey key) throws NoteException {
    SignedNote signed = SignedNote.parse(note);
    signed.requireSignedBy(key);
    Checkpoint checkpoint = parse(signed.text());
    if (!checkpoint.origin().equals(key.name())) {
      throw new NoteException(
          Reason.ORIGIN_DIFFERS, "the checkpoint is of another log: " + checkpoint.origin());
    }
    return checkpoint;
  }

  /**
   * The checkpoint that a text is, which nobody may have signed.
   *
   * @throws NoteException if it is none
   */
  public static Checkpoint parse(String text) throws NoteException {
    String[] lines = text.split("\n", -1);
    if (lines.length != LINES + 1 || !lines[LINES].isEmpty()) {
      throw NoteException.malformed("a checkpoint has three lines");
    }
    long size = size(lines[1]);
    byte @Nullable [] root = VerifierKey.base64(lines[2]);
    if (!VerifierKey.isName(lines[0]) || size < 0 || root == null || root.length != Hash.BYTES) {
      throw NoteException.malformed("a checkpoint is an origin, a size and a root");
    }
    return new Checkpoint(lines[0], size, Hash.of(root));
  }

  /** The size that a line is, or -1. */
  private static long size(String line) {
    if (!line.matches("0|[1-9][0-9]{0,18}")) {
      return -1;
    }
    try {
      long size = Long.parseLong(line);
      return size > Proofs.SIZE_MAX ? -1 : size;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
