package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Outcome;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A caller takes the memory that is stated, whatever it names and wherever it calls from. */
final class TrafficMemoryTest {

  private static final int HEADER_BYTES = 16;

  private final Population population =
      new Population(TrafficSettings.defaults(), new KeyedHash(1, 2));
  private final TrafficWatch watch = new TrafficWatch(population, CallScript.FACTS);

  @Test
  void observe_hostileNamesAndNetworks_takesNoMoreMemory() throws Exception {
    long before = bytes(watch);
    assertTrue(before <= TrafficWatch.STATE_BYTES_MAX, before + " bytes");
    assertTrue(before > TrafficWatch.STATE_BYTES_MAX * 9 / 10, before + " bytes");
    Random random = new Random(5);
    long nanos = 0;
    for (int i = 0; i < 100_000; i++) {
      nanos += random.nextInt(100_000_000);
      observe(i, nanos);
    }
    TrafficSignals signals = watch.read(nanos, CallScript.START);
    assertEquals(before, bytes(watch));
    assertEquals(100_000, signals.calls());
    assertEquals(TrafficWatch.MODELS_MAX, signals.models().distinct());
    assertEquals(TrafficWatch.NETWORKS_MAX, signals.origins().networks());
    assertEquals(TrafficWatch.CREDENTIALS_MAX, signals.credentials().distinct());
    assertEquals(0, population.costs().size());
  }

  private void observe(int i, long nanos) throws UnknownHostException {
    int network = i % 10_000;
    byte[] address = {10, (byte) (network >> 8), (byte) network, 1};
    watch.observe(
        new ObservedCall(
            "invented-" + i % 10_000,
            i % 2 == 0 ? CallScript.DENIED : Outcome.refused(dev.gatehouse.core.Reason.CANCELLED),
            i % 100,
            i,
            i,
            i,
            InetAddress.getByAddress(address),
            "credential-" + i % 1_000,
            CallScript.START.plus(Duration.ofNanos(nanos)),
            nanos));
  }

  /** The bytes of what hangs on the watch, without what all callers share. */
  private long bytes(TrafficWatch watch) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    seen.add(population);
    seen.add(population.settings().calls());
    seen.add(population.settings().rows());
    seen.add(population.settings().compute());
    seen.add(watch.facts());
    return bytes(watch, seen);
  }

  private static long bytes(Object object, Set<Object> seen) throws IllegalAccessException {
    if (!seen.add(object)) {
      return 0;
    }
    Class<?> type = object.getClass();
    if (type.isArray()) {
      assertTrue(type.getComponentType().isPrimitive(), type.getName());
      return HEADER_BYTES + (long) Array.getLength(object) * Long.BYTES;
    }
    assertTrue(type.getPackage().equals(TrafficWatch.class.getPackage()), type.getName());
    long bytes = HEADER_BYTES;
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      bytes += Long.BYTES;
      field.setAccessible(true);
      Object value = field.getType().isPrimitive() ? null : field.get(object);
      bytes += value == null ? 0 : bytes(value, seen);
    }
    return bytes;
  }
}
