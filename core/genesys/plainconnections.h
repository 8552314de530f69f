#pragma once

#include <QNetworkProxyFactory>

namespace Orgtrace::Genesys {

/// Finds proxies as QNetworkAccessManager itself does, with one difference: where an unencrypted connection needs none, it is told so by another name.
///
/// Told NoProxy, Qt reads unencrypted connections without a buffer, and the head of each answer in system calls of one byte (a third of all that a capture of the sandbox
/// takes; Qt 6.8, QHttpNetworkConnectionChannel::ensureConnection). DefaultProxy makes the same connection with a buffer. Encrypted connections always have one.
class PlainConnections final : public QNetworkProxyFactory
{
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override;
};

} // namespace Orgtrace::Genesys
