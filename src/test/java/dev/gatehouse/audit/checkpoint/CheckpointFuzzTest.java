package dev.gatehouse.audit.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.keys.SigningKey;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts that are no notes, cut notes, and notes as large as one may be. */
final class CheckpointFuzzTest {

  private static final String ORIGIN = "gatehouse.example/log";
  private static final int ROUNDS = 20_000;

  private VerifierKey verifier;
  private Checkpoint checkpoint;
  private String note;

  @BeforeEach
  void sign(@TempDir Path folder) {
    SigningKey key = SigningKey.open(folder.resolve("key.json"), true);
    verifier = new VerifierKey(ORIGIN, key.publicKey());
    checkpoint = new Checkpoint(ORIGIN, 42, new TreeHasher().leaf(new byte[] {7}));
    note = checkpoint.sign(key, verifier).toString();
  }

  private void assertRefused(String text, String how) {
    NoteException refusal =
        assertThrows(NoteException.class, () -> Checkpoint.open(text, verifier), how);
    assertTrue(refusal.toString().length() < 1_000, how);
  }

  @Test
  void open_cutAtAnyCharacter_isRefused() {
    for (int length = 0; length < note.length(); length++) {
      assertRefused(note.substring(0, length), "cut at " + length);
      assertRefused(note.substring(note.length() - length), "the last " + length);
    }
  }

  @Test
  void open_randomText_isRefused() {
    long seed = Long.getLong("gatehouse.fuzz.seed", new SplittableRandom().nextLong());
    System.out.println("CheckpointFuzzTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    String[] parts = {
      "\n",
      "\n\n",
      " ",
      "\u2014 ",
      "\u2014",
      ORIGIN,
      "1",
      "0",
      "=",
      "AAAA",
      "+",
      "/",
      "\r",
      "\0",
      "\ud800",
      "\udc00",
      "\ud83d\ude00",
      "\u0085",
      note,
      checkpoint.text()
    };
    for (int round = 0; round < ROUNDS; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        if (random.nextInt(4) == 0) {
          text.append((char) random.nextInt(1 << 16));
        } else {
          text.append(parts[random.nextInt(parts.length)]);
        }
      }
      if (!text.toString().equals(note)) {
        assertRefused(text.toString(), "seed " + seed + " round " + round);
      }
    }
  }

  @Test
  void open_upToTheMostSignatures_isTheCheckpointAndBeyondRefused() throws Exception {
    String other = "\u2014 witness.example/w AAAAAAA=\n";
    String most = note + other.repeat(SignedNote.SIGNATURES_MAX - 1);
    assertEquals(SignedNote.SIGNATURES_MAX, SignedNote.parse(most).signatures().size());
    assertEquals(checkpoint, Checkpoint.open(most, verifier));
    assertRefused(most + other, "one signature more");
    assertRefused(note + "\n".repeat(60_000), "lines without signatures");
  }

  @Test
  void parse_upToTheMostCharacters_isTakenAndBeyondRefused() throws Exception {
    String end = "\n" + note.substring(checkpoint.text().length() + 1);
    String text = "x".repeat(SignedNote.CHARS_MAX - end.length() - 1) + "\n";
    assertEquals(text, SignedNote.parse(text + end).text());
    assertRefused(text + end, "the largest note, which is no checkpoint");
    NoteException refusal =
        assertThrows(NoteException.class, () -> SignedNote.parse("x" + text + end));
    assertEquals(NoteException.Reason.MALFORMED, refusal.reason());
    assertRefused("x".repeat(1 << 22), "far too long");
  }
}
