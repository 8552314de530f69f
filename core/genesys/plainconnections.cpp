#include "genesys/plainconnections.h"

#include <QUrl>

#include <algorithm>

namespace Orgtrace::Genesys {

namespace {
bool isDirect(const QList<QNetworkProxy> &proxies)
{
    return std::ranges::all_of(proxies, [](const QNetworkProxy &proxy) { return proxy.type() == QNetworkProxy::NoProxy; });
}
} // namespace

QList<QNetworkProxy> PlainConnections::queryProxy(const QNetworkProxyQuery &query)
{
    QList<QNetworkProxy> proxies = proxyForQuery(query);
    if (query.queryType() == QNetworkProxyQuery::UrlRequest && query.url().scheme() == QLatin1StringView("http") && isDirect(proxies)) {
        // With DefaultProxy the socket asks for itself once more. Only where it finds no proxy either, both say the same.
        const QUrl url = query.url();
        if (isDirect(proxyForQuery(QNetworkProxyQuery(url.host(), url.port(80))))) {
            return {QNetworkProxy(QNetworkProxy::DefaultProxy)};
        }
    }
    return proxies;
}

} // namespace Orgtrace::Genesys
