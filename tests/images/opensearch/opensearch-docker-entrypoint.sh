#!/bin/bash
# As the vendor documents its image: settings by dotted names in the environment, a transport
# certificate of its own, and OPENSEARCH_INITIAL_ADMIN_PASSWORD.
set -eu

[ "$1" = opensearch ] || exec "$@"
plugins='server/lib/*:plugins/opensearch-security/*'

make_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout node.key -out node.pem -subj /CN=node -days 30 2>/dev/null
}

[ ${#OPENSEARCH_INITIAL_ADMIN_PASSWORD} -ge 8 ] || { echo "the administrator's password is too short"; exit 1; }
(cd config && make_certificate)
hash=$(java -cp "$plugins" org.opensearch.security.tools.Hasher -env OPENSEARCH_INITIAL_ADMIN_PASSWORD | tail -1)
sed -i "/^admin:/,/hash:/s|hash: .*|hash: \"$hash\"|" config/opensearch-security/internal_users.yml
{
	echo 'network.host: 0.0.0.0'
	printf 'plugins.security.%s\n' 'ssl.http.enabled: true' \
		'ssl.transport.pemcert_filepath: node.pem' 'ssl.transport.pemkey_filepath: node.key' \
		'ssl.transport.pemtrustedcas_filepath: node.pem' 'ssl.transport.enforce_hostname_verification: false' \
		'allow_default_init_securityindex: true' 'allow_unsafe_democertificates: true' 'nodes_dn: ["CN=node"]' \
		'authcz.admin_dn: ["CN=admin"]' 'restapi.roles_enabled: ["all_access"]'
	env | sed -nE 's/^([a-z0-9_]+\.[a-z0-9_.]+)=(.+)/\1: \2/p'
} >config/opensearch.yml
# shellcheck disable=SC2086
exec java ${OPENSEARCH_JAVA_OPTS:-} -XX:TieredStopAtLevel=1 -cp server/classes.jar \
	org.codelibs.opensearch.runner.OpenSearchRunner -basePath "$PWD" -numOfNode 1 -baseHttpPort 9199 \
	-clusterName demo -disableESLogger
