#ifndef TOS_H
#define TOS_H

/* The TOS octet of IPv4, the traffic class of IPv6. */

/*
 * That of the packet by which a connected socket's peer finished the TCP
 * handshake, or of a later one, without its two ECN bits (RFC 3168 section 5:
 * routers set them); -1 when the kernel does not tell.  Two or four system
 * calls.
 */
int tos_received(int fd);

#endif
