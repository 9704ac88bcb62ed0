package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The rules of grants, written a second time: as plainly as the documentation says them, over a
 * plain list, with nothing of the product's own evaluation.
 */
record ReferenceEvaluator(Map<String, RegisteredCaller> callers, List<Grant> grants) {

  /** The id of the grant that allows it, or {@code DENIED}, {@code STEP_UP} or {@code INVALID}. */
  String decide(Caller asking, ModelName model, Action action, Instant now) {
    RegisteredCaller registered = callers.get(asking.id().value());
    if (registered == null) {
      return "DENIED";
    }
    if (registered.standing() == Standing.SUSPENDED) {
      return "INVALID";
    }
    Grant best = null;
    boolean stronger = false;
    for (Grant grant : grants) {
      boolean own = grant.grantee().equals(new Grantee.ToCaller(asking.id()));
      boolean team = grant.grantee().equals(new Grantee.ToTeam(registered.team()));
      boolean deny = grant.effect() == GrantEffect.DENY;
      boolean covers =
          grant.actions().contains(action) || (!deny && action == Action.READ_METADATA);
      boolean ended = now.compareTo(grant.expireTime()) >= 0;
      if (!(own || team) || !grant.model().equals(model) || !covers || ended) {
        continue;
      }
      boolean there = grant.conditions().sourceNetworks().isEmpty();
      for (Network network : grant.conditions().sourceNetworks()) {
        there |= inside(asking.address(), network.toString());
      }
      if (!there) {
        continue;
      }
      int has = asking.credential().strength().ordinal();
      if (has < grant.conditions().minimumStrength().ordinal()) {
        stronger |= !deny;
      } else if (deny) {
        return "DENIED";
      } else if (best == null || rank(grant).compareTo(rank(best)) < 0) {
        best = grant;
      }
    }
    if (best != null) {
      return best.id().value();
    }
    return stronger && asking.kind() == CallerKind.PERSON ? "STEP_UP" : "DENIED";
  }

  /** Sorts first what is used first. */
  private static String rank(Grant grant) {
    int team = grant.grantee() instanceof Grantee.ToTeam ? 1 : 0;
    int bulk = grant.terms().priority() == GrantPriority.BULK ? 1 : 0;
    return team + " " + bulk + " " + (9999 - grant.terms().weight()) + " " + grant.id();
  }

  /** By the digits of both in base two. */
  private static boolean inside(InetAddress address, String network) {
    String[] parts = network.split("/", 2);
    byte[] first = InetAddress.ofLiteral(parts[0]).getAddress();
    int prefix = Integer.parseInt(parts[1]);
    return first.length == address.getAddress().length
        && digits(address.getAddress()).startsWith(digits(first).substring(0, prefix));
  }

  private static String digits(byte[] bytes) {
    String some = new BigInteger(1, bytes).toString(2);
    return "0".repeat(bytes.length * 8 - some.length()) + some;
  }
}
