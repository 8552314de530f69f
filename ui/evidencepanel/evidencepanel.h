#pragma once

#include <QScrollArea>

#include <memory>

namespace Orgtrace::Ui {

class Session;

/// The right column: who, when, from where; what may be claimed and what not; the rule; the evidence that proves it; the fields.
///
/// Everything can be selected and copied. Claims nothing that the evidence does not: events of the same entity are listed, not called the cause;
/// time that was not queried is unknown. Thread: GUI. Borrows the session, which must outlive it.
class EvidencePanel final : public QScrollArea
{
    Q_OBJECT
public:
    explicit EvidencePanel(Session &session, QWidget *parent = nullptr);
    ~EvidencePanel() override;
    [[nodiscard]] QSize sizeHint() const override;

Q_SIGNALS:
    void eventActivated(const QString &eventId); ///< asked to be shown in Audit

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
