package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.RunningTree;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events that are written together, and their records as they would continue a segment.
 *
 * <p>Events stay until their records are on disk; the records are made anew for each attempt, since
 * a failed one may have cost the segment that they were made for. Only the writer changes it;
 * {@link #forEach} is for any thread.
 */
final class CommitBatch {

  /** The most events of a batch. */
  static final int EVENTS_MAX = 4096;

  /** The most bytes of the records of a batch. */
  static final int BYTES_MAX = 1 << 20;

  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int RECORD_BYTES_MAX = LENGTH_BYTES + EntryCodec.BYTES_MAX + Hash.BYTES;

  private final @Nullable Object[] events = new @Nullable Object[EVENTS_MAX];
  private final boolean[] outcomes = new boolean[EVENTS_MAX];
  private int size;

  private final byte[] array = new byte[BYTES_MAX];
  private final ByteBuffer records = ByteBuffer.wrap(array);
  private final ByteBuffer direct = ByteBuffer.allocateDirect(BYTES_MAX);
  private final EntryEncoder encoder = new EntryEncoder(records);
  private final TreeHasher treeHasher = new TreeHasher();
  private final ChainHasher chainHasher = new ChainHasher();
  private final byte[] leaf = new byte[Hash.BYTES];

  /** What the segment would be after the records, and how many they are. */
  final byte[] chain = new byte[Hash.BYTES];

  final RunningTree tree = new RunningTree(treeHasher);
  private int encodedEvents;
  private int encodedRecords;

  boolean isEmpty() {
    return size == 0;
  }

  /** Takes events from the queue while there is room; returns whether there was for all. */
  boolean fill(EventQueue queue) {
    while (size < EVENTS_MAX) {
      Object event = queue.poll();
      if (event == null) {
        return true;
      }
      events[size] = event;
      outcomes[size] = event instanceof RecordedUse use && use.intentTaken;
      if (event instanceof RecordedUse use) {
        use.intentTaken = true;
      }
      size++;
    }
    return false;
  }

  /**
   * Makes the records, of as many events as fit.
   *
   * @param atMicros when they are made, in microseconds since 1970
   * @param dropped the calls of which to tell that they were dropped, or 0
   */
  void encode(long first, byte[] chainBefore, RunningTree treeBefore, long atMicros, long dropped) {
    records.clear();
    encodedEvents = 0;
    encodedRecords = 0;
    System.arraycopy(chainBefore, 0, chain, 0, Hash.BYTES);
    tree.set(treeBefore);
    if (dropped > 0) {
      int start = beginRecord();
      encoder.dropped(first, atMicros, dropped);
      endRecord(start);
    }
    while (encodedEvents < size && records.remaining() >= RECORD_BYTES_MAX) {
      int start = beginRecord();
      encode(first + encodedRecords, encodedEvents, atMicros);
      endRecord(start);
      encodedEvents++;
    }
  }

  private void encode(long sequence, int index, long atMicros) {
    Object event = events[index];
    if (event instanceof OfferedCall call) {
      encoder.call(sequence, call);
    } else if (event instanceof RecordedUse use) {
      if (outcomes[index]) {
        encoder.outcome(sequence, use, atMicros);
      } else {
        use.sequence = sequence;
        encoder.intent(sequence, use);
      }
    }
  }

  private int beginRecord() {
    int start = records.position();
    records.position(start + LENGTH_BYTES);
    return start;
  }

  private void endRecord(int start) {
    int entry = start + LENGTH_BYTES;
    int length = records.position() - entry;
    records.putInt(start, length);
    treeHasher.leaf(array, entry, length, leaf, 0);
    chainHasher.advance(chain, leaf, 0);
    tree.append(leaf, 0);
    records.put(chain);
    encodedRecords++;
  }

  /** The bytes of the records, ready to be written. */
  ByteBuffer bytes() {
    return direct.clear().put(array, 0, records.position()).flip();
  }

  /** How many records there are. */
  int records() {
    return encodedRecords;
  }

  /** How many events they tell of. */
  int encodedEvents() {
    return encodedEvents;
  }

  /** The use whose intent is among the records at that place, or null if it is something else. */
  @Nullable RecordedUse intentAt(int index) {
    return !outcomes[index] && events[index] instanceof RecordedUse use ? use : null;
  }

  /** Forgets the events whose records are on disk. */
  void removeEncoded() {
    int left = size - encodedEvents;
    System.arraycopy(events, encodedEvents, events, 0, left);
    System.arraycopy(outcomes, encodedEvents, outcomes, 0, left);
    Arrays.fill(events, left, size, null);
    size = left;
    encodedEvents = 0;
  }

  /** How many events are in it. */
  int size() {
    return size;
  }

  /**
   * Shows the events. While the writer works it may show some that are gone, and not some that just
   * came.
   */
  void forEach(Consumer<Object> seen) {
    for (Object event : events) {
      if (event == null) {
        return;
      }
      seen.accept(event);
    }
  }
}
