package dev.gatehouse.edge;

import dev.gatehouse.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * An HTTP/2 connection made by hand (RFC 9113), for calls that no gRPC library would make: one call
 * a connection, a message that stops half-way, and bytes that are not what their flags say.
 */
final class RawConnection implements Closeable {

  private static final Duration END_MAX = Duration.ofSeconds(60);
  private static final int FRAME_BYTES = 16_384;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int INITIAL_WINDOW_SIZE = 4;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private long connectionWindow = 65_535;
  private long streamWindow = 65_535;
  private long initialWindow = 65_535;
  private volatile boolean ended;

  private RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  static RawConnection to(int port) throws IOException {
    RawConnection connection =
        new RawConnection(new Socket(InetAddress.getLoopbackAddress(), port));
    connection.out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    connection.frame(SETTINGS, 0, 0, new byte[0]);
    Thread ignored = Thread.ofVirtual().start(connection::read);
    return connection;
  }

  /** One whole call with one message. */
  void call(String method, String token, boolean compressed, byte[] message) throws IOException {
    headers(method, token, compressed);
    data(prefix(compressed, message.length), false);
    for (int at = 0; at < message.length; at += FRAME_BYTES) {
      int end = Math.min(message.length, at + FRAME_BYTES);
      data(Arrays.copyOfRange(message, at, end), end == message.length);
    }
  }

  /** A call whose message stops after {@code sent} of the {@code declared} bytes. */
  void halfCall(String method, String token, int declared, int sent) throws IOException {
    headers(method, token, false);
    data(prefix(false, declared), false);
    byte[] block = new byte[FRAME_BYTES];
    for (int at = 0; at < sent && !ended; at += block.length) {
      data(block, false);
    }
  }

  private static byte[] prefix(boolean compressed, int length) {
    return new byte[] {
      (byte) (compressed ? 1 : 0),
      (byte) (length >>> 24),
      (byte) (length >>> 16),
      (byte) (length >>> 8),
      (byte) length
    };
  }

  private void headers(String method, String token, boolean compressed) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "http");
    header(block, ":path", "/" + method);
    header(block, ":authority", "localhost");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    if (compressed) {
      header(block, "grpc-encoding", "gzip");
    }
    header(block, "authorization", "Bearer " + token);
    frame(HEADERS, 4, 1, block.toByteArray());
  }

  /** A literal header without indexing (RFC 7541, section 6.2.2). */
  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    int rest = bytes.length;
    if (rest < 127) {
      block.write(rest);
    } else {
      block.write(127);
      for (rest -= 127; rest >= 128; rest >>>= 7) {
        block.write(rest & 127 | 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  private void data(byte[] bytes, boolean last) throws IOException {
    synchronized (this) {
      while (!ended && (connectionWindow < bytes.length || streamWindow < bytes.length)) {
        try {
          wait(END_MAX.toMillis());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
      connectionWindow -= bytes.length;
      streamWindow -= bytes.length;
    }
    if (!ended) {
      frame(DATA, last ? 1 : 0, 1, bytes);
    }
  }

  private synchronized void frame(int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.write(
        new byte[] {
          (byte) (payload.length >>> 16), (byte) (payload.length >>> 8), (byte) payload.length
        });
    out.write(type);
    out.write(flags);
    out.writeInt(stream);
    out.write(payload);
    out.flush();
  }

  private void read() {
    try {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        take(type, flags, stream, in.readNBytes(length));
      }
    } catch (EOFException e) {
      end();
    } catch (IOException e) {
      end();
    }
  }

  private void take(int type, int flags, int stream, byte[] payload) throws IOException {
    boolean acknowledged = (flags & 1) != 0;
    switch (type) {
      case SETTINGS -> {
        if (!acknowledged) {
          settings(payload);
          frame(SETTINGS, 1, 0, new byte[0]);
        }
      }
      case PING -> {
        if (!acknowledged) {
          frame(PING, 1, 0, payload);
        }
      }
      case WINDOW_UPDATE -> grow(stream, number(payload, 0));
      case HEADERS -> {
        if (acknowledged) {
          end();
        }
      }
      case RST_STREAM, GOAWAY -> end();
      default -> {}
    }
  }

  private synchronized void settings(byte[] payload) {
    for (int at = 0; at + 6 <= payload.length; at += 6) {
      if ((payload[at] << 8 | payload[at + 1]) == INITIAL_WINDOW_SIZE) {
        long size = number(payload, at + 2);
        streamWindow += size - initialWindow;
        initialWindow = size;
      }
    }
    notifyAll();
  }

  private synchronized void grow(int stream, long by) {
    if (stream == 0) {
      connectionWindow += by;
    } else {
      streamWindow += by;
    }
    notifyAll();
  }

  private static long number(byte[] bytes, int at) {
    return (bytes[at] & 0x7fL) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Whether the gateway has ended the call. */
  boolean callEnded() {
    return ended;
  }

  void awaitEnd() {
    if (!Await.until(END_MAX, this::callEnded)) {
      throw new AssertionError("the call does not end");
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
