package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.NoteException.Reason;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells which checkpoints are signed by whom one trusts. */
final class Checkpoints {

  private final List<VerifierKey> keys;
  private final Findings findings;

  Checkpoints(List<VerifierKey> keys, Findings findings) {
    this.keys = keys;
    this.findings = findings;
  }

  /** What trusted keys vouch for; what else there is is a finding, and so is nothing at all. */
  List<Vouched> open(List<Note> notes) {
    List<Vouched> vouched = new ArrayList<>();
    Map<Long, Vouched> bySize = new HashMap<>();
    for (Note note : notes) {
      Vouched opened = open(note);
      if (opened == null) {
        continue;
      }
      Vouched other = bySize.putIfAbsent(opened.size(), opened);
      if (other != null && !other.root().equals(opened.root())) {
        findings.add(
            Kind.LOG_FORKED,
            opened.place(),
            "it vouches for another log of %d entries than %s, and both are signed"
                .formatted(opened.size(), other.name()));
      }
      vouched.add(opened);
    }
    findings.count("checkpoints", vouched.size());
    if (vouched.isEmpty()) {
      findings.add(
          Kind.CHECKPOINT_MISSING,
          Place.control(Place.NONE),
          "no checkpoint of a trusted key is there: nobody vouches for this record");
    }
    return vouched;
  }

  private @Nullable Vouched open(Note note) {
    NoteException refusal = null;
    for (VerifierKey key : keys) {
      try {
        Checkpoint checkpoint = Checkpoint.open(note.text(), key);
        return new Vouched(
            Printable.of(note.name()), checkpoint.origin(), checkpoint.size(), checkpoint.root());
      } catch (NoteException e) {
        // That another key did not sign it says least.
        if (refusal == null || refusal.reason() == Reason.NOT_SIGNED) {
          refusal = e;
        }
      }
    }
    findings.add(
        refusal == null ? Kind.KEY_UNKNOWN : kind(refusal.reason()),
        Place.checkpoint(Printable.of(note.name())),
        refusal == null ? "no key is trusted" : Printable.of(String.valueOf(refusal.getMessage())));
    return null;
  }

  private static Kind kind(Reason reason) {
    return switch (reason) {
      case MALFORMED -> Kind.CHECKPOINT_MALFORMED;
      case NOT_SIGNED -> Kind.KEY_UNKNOWN;
      case SIGNATURE_WRONG -> Kind.SIGNATURE_INVALID;
      case ORIGIN_DIFFERS -> Kind.LOG_FOREIGN;
    };
  }
}
