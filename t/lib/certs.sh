#!/bin/sh
# certs.sh DIR: make the tests' certificates in DIR, unless they are there.
# Prints DIR.  Safe to call from many tests at once.  ECDSA P-256 unless said.
#
#   ca.pem .key       the CA; cadir/ the same, hashed; ca.crl revokes revoked
#   server.pem .key   localhost imap.example.org 127.0.0.1 ::1; the file is
#                     a chain through an intermediate CA
#   server.der        localhost, straight from ca; key serverkey.der (SEC 1)
#   other.pem .key    other.example.org
#   wild.pem .key     *.wild.example.org
#   rsa.pem .key      localhost, RSA 2048; .key is PKCS #1
#   client.pem .key   CN=alice email:alice@example.org dns:alice.example.org
#   bob.pem .key      CN=bob email:bob@example.org
#   expired.pem .key  localhost, ended yesterday
#   future.pem .key   localhost, from 2100 on
#   revoked.pem .key  localhost, in ca.crl
#   nul.pem .key      dNSName "localhost\0.evil.example"
#   nulmail.pem .key  client, rfc822Name "alice@example.org\0.evil.example"
#   deep.pem .key     localhost under 12 intermediate CAs
#   bigrsa.pem .key   client, RSA 4608
#   fake.pem .key     localhost, issued by a certificate that is no CA
#   outside.pem .key  localhost, from a CA that may only issue example.org
#   rogue.pem .key    localhost from rogueca.pem, a CA nobody trusts
#   garbage.pem       no certificate at all
#   encrypted.key     server.key with a pass phrase

set -eu
dir=$1
# Made by this very script?
id=$(cksum <"$0")
made() {
	[ "$(cat "$dir/made" 2>/dev/null)" = "$id" ]
}
if made; then
	echo "$dir"
	exit 0
fi
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
if made; then
	echo "$dir"
	exit 0
fi
rm -rf "${dir:?}"/*
cd "$dir"
exec 3>&1 >log 2>&1
trap 'cat log >&2' EXIT

cat >ca.cnf <<'END'
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = this
[this]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = new
default_md = sha256
policy = any
unique_subject = no
default_crl_days = 3650
[any]
countryName = optional
organizationName = optional
commonName = optional
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
END
mkdir -p new cadir
: >index.txt
echo 1000 >serial
echo 01 >crlnumber

key() {
	openssl ecparam -name prime256v1 -genkey -noout |
	    openssl pkcs8 -topk8 -nocrypt -out "$1"
}

# root NAME CN
root() {
	key "$1.key"
	openssl req -new -x509 -config ca.cnf -extensions v3_ca -days 3650 \
	    -key "$1.key" -subj "/O=Test/CN=$2" -out "$1.pem"
}

# sign NAME SUBJECT CA EXTENSIONS [DAYS-OPTIONS]: NAME.key must exist
sign() {
	printf '%s\n' "$4" >"$1.ext"
	openssl req -new -config ca.cnf -key "$1.key" -subj "$2" -out "$1.csr"
	if [ $# -gt 4 ]; then
		cp "$1.ext" ext.cnf
		openssl ca -batch -config ca.cnf -cert "$3.pem" \
		    -keyfile "$3.key" -in "$1.csr" -extfile ext.cnf \
		    -startdate "$5" -enddate "$6" -notext -out "$1.pem"
	else
		openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" \
		    -set_serial "0x$(openssl rand -hex 8)" -days 3640 \
		    -extfile "$1.ext" -out "$1.pem"
	fi
}

# leaf NAME SUBJECT CA USAGE SAN
leaf() {
	[ -e "$1.key" ] || key "$1.key"
	sign "$1" "$2" "$3" "basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = $4
subjectAltName = $5"
}

ca_ext='basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign'
here=DNS:localhost,IP:127.0.0.1,IP:::1

root ca 'Test CA'
root rogueca 'Rogue CA'
cp ca.pem cadir/
openssl rehash cadir

key inter.key
sign inter '/O=Test/CN=Test intermediate' ca "$ca_ext"
leaf server /O=Test/CN=imap.example.org inter serverAuth \
    DNS:imap.example.org,$here
cat inter.pem >>server.pem
leaf direct /O=Test/CN=localhost ca serverAuth $here
openssl x509 -in direct.pem -outform DER -out server.der
openssl ec -in direct.key -outform DER -out serverkey.der

leaf other /CN=other.example.org ca serverAuth DNS:other.example.org
leaf wild '/CN=*.wild.example.org' ca serverAuth 'DNS:*.wild.example.org'
openssl genrsa -traditional -out rsa.key 2048
leaf rsa /CN=localhost ca serverAuth $here
leaf client /C=CZ/O=Test/CN=alice ca clientAuth \
    email:alice@example.org,DNS:alice.example.org
leaf bob /C=CZ/O=Test/CN=bob ca clientAuth email:bob@example.org
leaf rogue /CN=localhost rogueca serverAuth,clientAuth $here
leaf revoked /CN=localhost ca serverAuth,clientAuth $here

key expired.key
sign expired /CN=localhost ca "basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = $here" \
    "$(date -u -d '-30 days' +%Y%m%d%H%M%SZ)" \
    "$(date -u -d '-1 day' +%Y%m%d%H%M%SZ)"

key future.key
sign future /CN=localhost ca "basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = $here" 21000101000000Z 21100101000000Z

# A GeneralNames of one name (tag $1) with NUL inside, as DER.
nul_name() {
	printf '%b' "$2" | od -An -v -tx1 | tr -d ' \n' | awk -v tag="$1" '{
		n = length($0) / 2
		printf "DER:30%02x%s%02x%s", n + 2, tag, n, $0
	}'
}
leaf nul /CN=localhost ca serverAuth,clientAuth \
    "$(nul_name 82 'localhost\0000.evil.example')"
leaf nulmail /CN=alice ca clientAuth \
    "$(nul_name 81 'alice@example.org\0000.evil.example')"

prev=ca
for i in 01 02 03 04 05 06 07 08 09 10 11 12; do
	key "deep$i.key"
	sign "deep$i" "/CN=Test deep $i" $prev "$ca_ext"
	prev=deep$i
done
leaf deep /CN=localhost $prev serverAuth,clientAuth $here
for i in 12 11 10 09 08 07 06 05 04 03 02 01; do
	cat "deep$i.pem" >>deep.pem
done

leaf fake /CN=localhost direct serverAuth $here
cat direct.pem >>fake.pem
key narrow.key
sign narrow '/CN=Test narrow' ca "$ca_ext
nameConstraints = critical,permitted;DNS:example.org"
leaf outside /CN=localhost narrow serverAuth DNS:localhost
cat narrow.pem >>outside.pem

openssl genrsa -out bigrsa.key 4608
leaf bigrsa /CN=big ca clientAuth email:big@example.org

by_ca() {
	openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key "$@"
}
by_ca -revoke revoked.pem
by_ca -gencrl -out ca.crl
echo 'not a certificate' >garbage.pem
openssl pkcs8 -topk8 -in server.key -passout pass:secret -out encrypted.key

rm -f ./*.csr ./*.ext ext.cnf
chmod 600 ./*.key serverkey.der
trap - EXIT
echo "$id" >made
echo "$dir" >&3
