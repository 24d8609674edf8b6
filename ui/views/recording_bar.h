// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QProgressBar;
class QPushButton;

namespace swb::ui {

class ElidedLabel;
class OpenedRecording;

/// Above the panes while a recording is shown in them, or is being opened: that one looks at a
/// file, at which, what is missing in it, and the way back.
class RecordingBar : public QFrame {
    Q_OBJECT
public:
    explicit RecordingBar(QWidget* parent = nullptr);

    void showOpening(const QString& path);
    void setProgress(int permille);
    void showOpened(const OpenedRecording& recording);
    QString text() const;

signals:
    void cancelRequested();
    void closeRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void paintIcon();

    QLabel* m_icon;
    ElidedLabel* m_text;
    QProgressBar* m_progress;
    QPushButton* m_cancel;
    QPushButton* m_back;
};

} // namespace swb::ui
