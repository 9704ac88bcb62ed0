package dev.gatehouse.edge;

import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * The threads of the port: one takes connections, and each connection lives on one of the others,
 * of which there are two a core.
 *
 * <p>They are the server's own, and not those that all servers of a process share, so that what
 * leaves on a connection can be handed to its loop in groups: see {@link Outbox}.
 */
final class EventLoops {

  private static final int STOP_SECONDS_MAX = 5;

  private final EventLoopGroup acceptor =
      new NioEventLoopGroup(1, new DefaultThreadFactory("grpc-accept", true));
  private final EventLoopGroup workers =
      new NioEventLoopGroup(0, new DefaultThreadFactory("grpc-loop", true));
  private final List<Outbox> outboxes =
      StreamSupport.stream(workers.spliterator(), false).map(Outbox::new).toList();

  /** Makes them the threads of a server. */
  void carry(NettyServerBuilder server) {
    server
        .channelType(NioServerSocketChannel.class)
        .bossEventLoopGroup(acceptor)
        .workerEventLoopGroup(workers);
  }

  /**
   * Runs what sends answers to the call that is being taken: on its event loop, or, where a call is
   * not taken on one, at once.
   */
  Executor current() {
    for (Outbox outbox : outboxes) {
      if (outbox.isHere()) {
        return outbox;
      }
    }
    return Runnable::run;
  }

  /** Lets them end. */
  void stop() {
    workers.shutdownGracefully(0, STOP_SECONDS_MAX, TimeUnit.SECONDS);
    acceptor.shutdownGracefully(0, STOP_SECONDS_MAX, TimeUnit.SECONDS);
  }
}
