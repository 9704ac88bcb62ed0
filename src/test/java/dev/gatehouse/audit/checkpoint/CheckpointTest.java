package dev.gatehouse.audit.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.checkpoint.NoteException.Reason;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.keys.SigningKey;
import dev.gatehouse.keys.VerifyingKey;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Notes in the forms of C2SP. */
final class CheckpointTest {

  private static final String ORIGIN = "gatehouse.example/log";

  @TempDir private Path folder;
  private SigningKey key;
  private VerifierKey verifier;
  private Checkpoint checkpoint;

  @BeforeEach
  void makeKey() {
    key = SigningKey.open(folder.resolve("checkpoint.json"), true);
    verifier = new VerifierKey(ORIGIN, key.publicKey());
    checkpoint = new Checkpoint(ORIGIN, 42, new TreeHasher().leaf(new byte[] {7}));
  }

  private static Reason refused(String note, VerifierKey key) {
    return assertThrows(NoteException.class, () -> Checkpoint.open(note, key)).reason();
  }

  @Test
  void verify_vectorOfRfc8032_isAccepted() {
    HexFormat hex = HexFormat.of();
    VerifyingKey second =
        new VerifyingKey(
            hex.parseHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
    byte[] signature =
        hex.parseHex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assertTrue(second.verifies(signature, new byte[] {0x72}));
    assertTrue(!second.verifies(signature, new byte[] {0x73}));
  }

  /** The key of Go's checksum database, which others published. */
  @Test
  void parse_verifierKeyOfAnotherProgram_isTheSameAgain() throws Exception {
    String published = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    VerifierKey parsed = VerifierKey.parse(published);
    assertEquals(0x033de0ae, parsed.id());
    assertEquals(published, parsed.toString());
  }

  @Test
  void open_signed_isTheCheckpoint() throws Exception {
    String note = checkpoint.sign(key, verifier).toString();
    assertEquals(checkpoint, Checkpoint.open(note, VerifierKey.parse(verifier.toString())));
    assertEquals(note, SignedNote.parse(note).toString());
    String[] lines = note.split("\n", -1);
    assertEquals(6, lines.length);
    assertEquals(ORIGIN, lines[0]);
    assertEquals("42", lines[1]);
    assertTrue(lines[4].startsWith("— " + ORIGIN + " "));
  }

  @Test
  void open_afterARestart_isOfTheSameKey() throws Exception {
    SigningKey again = SigningKey.open(folder.resolve("checkpoint.json"), false);
    String note = checkpoint.sign(again, verifier).toString();
    assertEquals(checkpoint, Checkpoint.open(note, verifier));
  }

  @Test
  void open_signedByAnother_isRefused() {
    SigningKey other = SigningKey.open(folder.resolve("other.json"), true);
    VerifierKey others = new VerifierKey(ORIGIN, other.publicKey());
    assertEquals(Reason.NOT_SIGNED, refused(checkpoint.sign(other, others).toString(), verifier));
    // With the id of the right key, and the signature of another.
    assertEquals(
        Reason.SIGNATURE_WRONG, refused(checkpoint.sign(other, verifier).toString(), verifier));
  }

  @Test
  void open_withSignaturesOfOthersToo_isTheCheckpoint() throws Exception {
    SigningKey other = SigningKey.open(folder.resolve("other.json"), true);
    VerifierKey witness = new VerifierKey("witness.example/w", other.publicKey());
    String note =
        checkpoint.sign(key, verifier)
            + SignedNote.sign(checkpoint.text(), other, witness)
                .toString()
                .substring(checkpoint.text().length() + 1);
    assertEquals(checkpoint, Checkpoint.open(note, verifier));
    assertEquals(2, SignedNote.parse(note).signatures().size());
  }

  @Test
  void open_ofAnotherLog_isRefused() {
    Checkpoint other = new Checkpoint("other.example/log", 42, checkpoint.root());
    String note = SignedNote.sign(other.text(), key, verifier).toString();
    assertEquals(Reason.ORIGIN_DIFFERS, refused(note, verifier));
  }

  @Test
  void id_ofKeys_differs() {
    SigningKey other = SigningKey.open(folder.resolve("other.json"), true);
    assertTrue(new VerifierKey(ORIGIN, other.publicKey()).id() != verifier.id());
    assertTrue(new VerifierKey("a", key.publicKey()).id() != verifier.id());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "a\n1\n",
        "o\n01\nR\n\nS",
        "o\n-1\nR\n\nS",
        "o\n+1\nR\n\nS",
        "o\n4611686018427387905\nR\n\nS",
        "o\n9999999999999999999\nR\n\nS",
        "o\n1\nAAAA\n\nS",
        "o\n1\nR\nmore\n\nS",
        "o p\n1\nR\n\nS",
        "o\r\n1\nR\n\nS",
        "o\n1\nR\n\nS\n",
        "o\n1\nR\n\n",
        "\n1\nR\n\nS",
      })
  void open_malformed_isRefused(String form) {
    String[] parts = checkpoint.text().split("\n");
    String root = parts[2];
    String text = form.replace("R", root).replace("S", "").replaceFirst("^o", ORIGIN);
    String signed = SignedNote.sign(text, key, verifier).toString();
    // Signed as it stands, so that only its form is wrong; and unsigned.
    for (String note : new String[] {signed, text, signed.substring(0, signed.length() - 1)}) {
      assertThrows(NoteException.class, () -> Checkpoint.open(note, verifier), form);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name",
        "name+01020304",
        "+01020304+AQ==",
        "na me+01020304+AQ==",
        "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8=",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn",
      })
  void parse_malformedVerifierKey_isRefused(String text) {
    assertThrows(NoteException.class, () -> VerifierKey.parse(text), text);
  }

  /** Whatever is changed, cut or doubled in a note, it is refused or says the same. */
  @Test
  void open_changedAnywhere_neverSaysAnythingElse() {
    long seed = new Random().nextLong();
    System.out.printf(Locale.ROOT, "seed %d%n", seed);
    Random random = new Random(seed);
    String note = checkpoint.sign(key, verifier).toString();
    int accepted = 0;
    for (int round = 0; round < 20_000; round++) {
      StringBuilder changed = new StringBuilder(note);
      int at = random.nextInt(note.length());
      switch (random.nextInt(4)) {
        case 0 -> changed.setCharAt(at, (char) random.nextInt(256));
        case 1 -> changed.deleteCharAt(at);
        case 2 -> changed.insert(at, note.charAt(random.nextInt(note.length())));
        default -> changed.setLength(at);
      }
      try {
        assertEquals(checkpoint, Checkpoint.open(changed.toString(), verifier));
        accepted += changed.toString().equals(note) ? 0 : 1;
      } catch (NoteException e) {
        assertTrue(e.toString().length() < 1_000);
      }
    }
    assertEquals(0, accepted, () -> "with seed " + seed);
  }
}
