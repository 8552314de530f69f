#pragma once

#include <QWidget>

#include <memory>

namespace Orgtrace::Ui {

class Session;

/// The Audit tab: every audit event between A and B, what of that time is covered, and the raw sanitised event below.
/// Read and parsed on a worker from the store's archive; late answers are dropped. Thread: GUI. Borrows the session.
class AuditPage final : public QWidget
{
    Q_OBJECT
public:
    explicit AuditPage(Session &session, QWidget *parent = nullptr);
    ~AuditPage() override;
    [[nodiscard]] int eventCount() const;
    void selectEvent(const QString &eventId); ///< clears the filter

Q_SIGNALS:
    void countChanged(int events); ///< for the tab's title: "Audit · 38"
    void eventsShown();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
