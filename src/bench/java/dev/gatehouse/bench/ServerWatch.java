package dev.gatehouse.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * A Java process that is measured, watched from outside: its JVM itself counts what its threads
 * allocate on the heap, and is asked over the local management agent, which is told to start.
 *
 * <p>A reading costs the watched process some kilobytes, which is a byte or two a call in a window.
 */
final class ServerWatch implements AutoCloseable {

  private static final String LOCAL_AGENT = "com.sun.management.jmxremote.localConnectorAddress";

  private final ProcessHandle process;
  private final JMXConnector connector;
  private final ThreadMXBean threads;

  private ServerWatch(ProcessHandle process, JMXConnector connector, ThreadMXBean threads) {
    this.process = process;
    this.connector = connector;
    this.threads = threads;
  }

  /**
   * Watches a Java process of this user on this machine.
   *
   * @throws IllegalStateException if it cannot be watched
   */
  @SuppressWarnings("BanJNDI") // the address is that of a process we started
  static ServerWatch of(ProcessHandle process) {
    try {
      JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(agent(process)));
      ThreadMXBean threads =
          ManagementFactory.newPlatformMXBeanProxy(
              connector.getMBeanServerConnection(),
              ManagementFactory.THREAD_MXBEAN_NAME,
              ThreadMXBean.class);
      return new ServerWatch(process, connector, threads);
    } catch (IOException | AttachNotSupportedException e) {
      throw new IllegalStateException("cannot watch process " + process.pid(), e);
    }
  }

  private static String agent(ProcessHandle process)
      throws IOException, AttachNotSupportedException {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(process.pid()));
    try {
      String running = machine.getAgentProperties().getProperty(LOCAL_AGENT);
      return running == null ? machine.startLocalManagementAgent() : running;
    } finally {
      machine.detach();
    }
  }

  /** The process. */
  ProcessHandle process() {
    return process;
  }

  /** The bytes that all its threads, ended ones included, have allocated on the heap. */
  long allocatedBytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
