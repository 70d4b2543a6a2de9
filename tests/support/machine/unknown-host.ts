/**
 * A name that DNS does not know, on every machine: for its empty label the resolver refuses it without asking anybody. For
 * a name that ends in .invalid it asks, and where no DNS server answers it finds nothing out.
 */
export const UNKNOWN_HOST = 'nope..invalid';
