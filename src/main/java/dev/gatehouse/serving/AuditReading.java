package dev.gatehouse.serving;

import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.Checkpointer;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.SignedNote;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.query.ConsistencyProof;
import dev.gatehouse.audit.query.EntryFilter;
import dev.gatehouse.audit.query.EntryName;
import dev.gatehouse.audit.query.EntryProof;
import dev.gatehouse.audit.query.FoundEntry;
import dev.gatehouse.audit.query.RecordReader;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.PageRequest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Reads and proves the record; who may is decided by right before. */
public final class AuditReading {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'a';

  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final Administration administration;
  private final RecordReader record;
  private final Checkpointer checkpointer;
  private final InputDigests digests;
  private final Semaphore exports = new Semaphore(AuditExport.AT_ONCE_MAX);

  /**
   * Reads a record.
   *
   * @param checkpointer signs the present tree
   * @param digests makes stored input digests ones that can be compared
   */
  AuditReading(
      Administration administration,
      RecordReader record,
      Checkpointer checkpointer,
      InputDigests digests) {
    this.administration = administration;
    this.record = record;
    this.checkpointer = checkpointer;
    this.digests = digests;
  }

  /**
   * A page of entries.
   *
   * @param entries the entries
   * @param nextPageToken asks for the next page; empty if this is the last
   * @param unreachable journals whose entries are missing here; on the last page
   */
  public record Entries(List<FoundEntry> entries, String nextPageToken, List<String> unreachable) {}

  /** A page of the entries meant. */
  public Entries list(EntryFilter filter, int pageSize, String pageToken) {
    PageRequest page =
        PageRequest.read(LIST, pageSize, pageToken, name -> EntryName.parse(name).isPresent());
    EntryName from = page.after().isEmpty() ? null : EntryName.parse(page.after()).orElseThrow();
    return administration.read(
        () -> {
          RecordReader.Result result = record.list(filter, from, page.size());
          EntryName next = result.next();
          return new Entries(
              result.entries(),
              next == null ? "" : PageRequest.token(LIST, next.toString()),
              result.unreachable());
        });
  }

  /** An entry. */
  public FoundEntry get(EntryName name) {
    return administration.read(() -> record.get(name)).orElseThrow(() -> missing(name));
  }

  /**
   * The control log as it was, signed.
   *
   * @param note the signed note
   * @param checkpoint what it says
   * @param key the public key it is signed with
   */
  public record Signed(SignedNote note, Checkpoint checkpoint, VerifierKey key) {}

  /** The control log as it is now, signed. */
  public Signed checkpoint() {
    SignedNote note = administration.read(checkpointer::latest);
    try {
      return new Signed(note, Checkpoint.parse(note.text()), checkpointer.verifierKey());
    } catch (NoteException e) {
      throw new IllegalStateException("a checkpoint of this gateway cannot be read", e);
    }
  }

  /**
   * The proof that an entry is in the tree.
   *
   * @param size of the tree, 0 for the present one
   * @throws RefusedException with {@code NotFound} if there is no such entry, {@code StateInvalid}
   *     if it is not anchored yet, {@code ArgumentInvalid} if the tree is smaller or not there
   */
  public EntryProof prove(EntryName name, long size) {
    return administration.read(() -> record.prove(name, size)).orElseThrow(() -> missing(name));
  }

  /** The proof that one tree is the beginning of another; 0 for the present one. */
  public ConsistencyProof proveConsistency(long first, long second) {
    return administration.read(() -> record.proveConsistency(first, second));
  }

  /**
   * Makes a stored input digest, in hex, one that can be compared; empty if the key is not here.
   */
  public String digest(String stored) {
    return digests.open(HexFormat.of().parseHex(stored)).orElse("");
  }

  /**
   * Entries with their proofs; that they are taken is recorded first.
   *
   * @throws RefusedException with {@code QueueFull} if too many are taken already
   */
  public AuditExport export(Caller caller, ExportFilter filter) {
    if (!exports.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
    try {
      Signed signed = checkpoint();
      return administration.change(
          caller,
          "auditEntries.export",
          "auditEntries",
          () ->
              new AuditExport(
                  record.exporter(), signed.checkpoint(), signed.note(), filter, exports));
    } catch (RuntimeException | Error e) {
      exports.release();
      throw e;
    }
  }

  private static RefusedException missing(EntryName name) {
    return new RefusedException(new Refusal.NotFound("auditEntries/" + name));
  }
}
