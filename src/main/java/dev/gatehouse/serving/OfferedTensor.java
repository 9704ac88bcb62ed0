package dev.gatehouse.serving;

import java.util.List;

/**
 * An input as a caller sent it, not yet checked.
 *
 * @param name the name it claims
 * @param datatype the datatype it claims, by its name in the protocol
 * @param shape the dimensions it claims
 * @param elements what it brought
 */
public record OfferedTensor(String name, String datatype, List<Long> shape, Elements elements) {}
