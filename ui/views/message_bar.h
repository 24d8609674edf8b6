// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/icons.h"

#include <QFrame>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace swb::ui {

/// One message above the work, in place of a box in front of it: it can be read, copied, acted
/// upon, or closed, and nothing waits for it.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);

    /// Replaces what is shown. `text` may be rich text.
    void showInfo(const QString& text);
    void showError(const QString& text);
    /// With a button that does `action` and closes the bar.
    void showInfo(const QString& text, const QString& button, std::function<void()> action);
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void present(Tone tone, const QString& text);
    void paintTone();

    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_act;
    QToolButton* m_copy;
    QToolButton* m_close;
    Tone m_tone = Tone::Neutral;
    std::function<void()> m_action;
};

} // namespace swb::ui
