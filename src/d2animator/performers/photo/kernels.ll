; made by `python -m tools.kernels`; do not edit
; from 376dde8b52e6fd6be79a1d439979f646b5ccc0d7cff37887a13e00b519c1c023

define void @pixels._warp(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.5 = getelementptr i8, ptr %slots, i64 40
  %own.5 = load i64, ptr %at.5, align 1
  %at.9 = getelementptr i8, ptr %slots, i64 72
  %own.9 = load ptr, ptr %at.9, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load i64, ptr %at.19, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load ptr, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load i64, ptr %at.26, align 1
  %at.27 = getelementptr i8, ptr %slots, i64 216
  %own.27 = load i64, ptr %at.27, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load ptr, ptr %at.30, align 1
  %at.34 = getelementptr i8, ptr %slots, i64 272
  %own.34 = load i64, ptr %at.34, align 1
  %at.35 = getelementptr i8, ptr %slots, i64 280
  %own.35 = load i64, ptr %at.35, align 1
  %.169.i = shl nsw i64 %own.4, 2
  %factor.op.mul827.i = mul i64 %own.35, %own.34
  %.270828.not.i = icmp slt i64 %own.26, 1
  br i1 %.270828.not.i, label %pixels._warp.inner.exit, label %B140.if.lr.ph.i

B140.if.lr.ph.i:                                  ; preds = %0
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load i64, ptr %at.18, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %.406824.not.i = icmp slt i64 %own.27, 1
  %.583.i = mul i64 %own.18, %own.19
  %.699.i = add nsw i64 %own.4, -2
  %.702.i = sitofp i64 %.699.i to double
  %.706.i = add nsw i64 %own.3, -2
  %.709.i = sitofp i64 %.706.i to double
  %.126.i.i = sitofp i64 %own.4 to float
  %.182.i.i = sitofp i64 %own.3 to float
  %.681.i.i = add nsw i64 %own.3, -1
  %.898.i.i = add nsw i64 %own.4, -1
  %.1147.i.i = tail call i64 @llvm.smin.i64(i64 %own.3, i64 0)
  %.1150.i.i = tail call i64 @llvm.smin.i64(i64 %own.4, i64 0)
  %.1176.i.i = mul i64 %own.5, %own.4
  %1 = shl i64 %factor.op.mul827.i, 2
  %2 = shl i64 %own.35, 2
  %invariant.gep.i = getelementptr float, ptr %own.9, i64 %.169.i
  %.idx.i = shl i64 %own.4, 5
  %invariant.gep834.i = getelementptr i8, ptr %own.9, i64 %.idx.i
  %.idx833.i = mul i64 %own.4, 48
  %invariant.gep836.i = getelementptr i8, ptr %own.9, i64 %.idx833.i
  br label %B140.if.i

B138.loopexit.i:                                  ; preds = %B2071.i, %B140.if.i
  %exitcond832.not.i = icmp eq i64 %.283.i, %own.26
  br i1 %exitcond832.not.i, label %pixels._warp.inner.exit, label %B140.if.i

B224.i:                                           ; preds = %B198.if.i
  %.587.i = mul i64 %.349.0826.i, %own.19
  %.591.i = getelementptr float, ptr %59, i64 %.587.i
  %.592.i = load float, ptr %.591.i, align 4
  %.593.i = fadd reassoc nsz arcp contract float %.592.i, -5.000000e-01
  %.669.i = getelementptr i8, ptr %.591.i, i64 4
  %.670.i = load float, ptr %.669.i, align 4
  %.671.i = fadd reassoc nsz arcp contract float %.670.i, -5.000000e-01
  %.691.i = fcmp reassoc nsz arcp contract ult float %.593.i, 1.000000e+00
  br i1 %.691.i, label %B440.i, label %B392.i

B392.i:                                           ; preds = %B224.i
  %.689.i = fpext float %.593.i to double
  %.694.i = fpext float %.671.i to double
  %.696.i = fcmp reassoc nsz arcp contract oge float %.671.i, 1.000000e+00
  %.703.i = fcmp reassoc nsz arcp contract olt double %.689.i, %.702.i
  %or.cond.i = select i1 %.696.i, i1 %.703.i, i1 false
  %.710.i = fcmp reassoc nsz arcp contract olt double %.694.i, %.709.i
  %or.cond831.i = select i1 %or.cond.i, i1 %.710.i, i1 false
  br i1 %or.cond831.i, label %B482.i, label %B440.i

B440.i:                                           ; preds = %B392.i, %B224.i
  tail call void @llvm.memset.p0.i64(ptr noundef nonnull align 4 dereferenceable(16) %scevgep.i, i8 0, i64 16, i1 false)
  %.123.i.i = fcmp reassoc nsz arcp contract ogt float %.593.i, -1.000000e+00
  %.12.i.i.i = fcmp reassoc nsz arcp contract ogt float %.593.i, %.126.i.i
  %.13.i.i.i = select i1 %.12.i.i.i, float %.126.i.i, float %.593.i
  %"$phi158.0.2.0.i.i" = select i1 %.123.i.i, float %.13.i.i.i, float -1.000000e+00
  %.179.i.i = fcmp reassoc nsz arcp contract ogt float %.671.i, -1.000000e+00
  %.12.i310.i.i = fcmp reassoc nsz arcp contract ogt float %.671.i, %.182.i.i
  %.13.i311.i.i = select i1 %.12.i310.i.i, float %.182.i.i, float %.671.i
  %"$phi278.0.2.0.i.i" = select i1 %.179.i.i, float %.13.i311.i.i, float -1.000000e+00
  %.486.i.i = mul i64 %.349.0826.i, %own.35
  %3 = getelementptr float, ptr %60, i64 %.486.i.i
  %.238.le.i.i = tail call reassoc nsz arcp contract float @llvm.floor.f32(float %"$phi158.0.2.0.i.i")
  %.5.i.i.i = fptosi float %.238.le.i.i to i64
  %.275.le.i.i = tail call reassoc nsz arcp contract float @llvm.floor.f32(float %"$phi278.0.2.0.i.i")
  %.5.i312.i.i = fptosi float %.275.le.i.i to i64
  %.617.i.i = add i64 %.5.i312.i.i, -1
  %.832.i.i = add i64 %.5.i.i.i, -1
  br label %B494.if.i.i

B494.loopexit.i.i:                                ; preds = %B690.loopexit.i.i
  %exitcond345.not.i.i = icmp eq i64 %.590.i.i, 4
  br i1 %exitcond345.not.i.i, label %B2071.i, label %B494.if.i.i

B690.loopexit.i.i:                                ; preds = %B892.if.i.i
  %exitcond344.not.i.i = icmp eq i64 %.805.i.i, 4
  br i1 %exitcond344.not.i.i, label %B494.loopexit.i.i, label %B690.if.i.i

B494.if.i.i:                                      ; preds = %B494.loopexit.i.i, %B440.i
  %.521.0341.i.i = phi i64 [ 0, %B440.i ], [ %.590.i.i, %B494.loopexit.i.i ]
  %.590.i.i = add nuw nsw i64 %.521.0341.i.i, 1
  %.618.i.i = add i64 %.617.i.i, %.521.0341.i.i
  %.619.i.i = sitofp i64 %.618.i.i to float
  %.621.i.i = fsub reassoc nsz arcp contract float %"$phi278.0.2.0.i.i", %.619.i.i
  %.5.i313.i.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.621.i.i)
  %.12.i314.i.i = fcmp reassoc nsz arcp contract ugt float %.5.i313.i.i, 1.000000e+00
  br i1 %.12.i314.i.i, label %B110.i.i.i, label %B46.i.i.i

B46.i.i.i:                                        ; preds = %B494.if.i.i
  %.15.i.i.i = fmul reassoc nsz arcp contract float %.5.i313.i.i, 1.250000e+00
  %.16.i.i.i = fadd reassoc nsz arcp contract float %.15.i.i.i, -2.250000e+00
  %4 = fmul reassoc nsz arcp contract float %.621.i.i, %.621.i.i
  %.20.i.i.i = fmul reassoc nsz arcp contract float %4, %.16.i.i.i
  %.23.i.i.i = fadd reassoc nsz arcp contract float %.20.i.i.i, 1.000000e+00
  br label %part0.exit.i.i

B110.i.i.i:                                       ; preds = %B494.if.i.i
  %.10.i.i.i = fpext float %.5.i313.i.i to double
  %5 = fmul reassoc nsz arcp contract double %.10.i.i.i, 7.500000e-01
  %6 = fsub reassoc nsz arcp contract double 7.500000e-01, %5
  %.35.i.i.i = fadd reassoc nsz arcp contract double %.10.i.i.i, -2.000000e+00
  %7 = fmul reassoc nsz arcp contract double %.35.i.i.i, %.35.i.i.i
  %.43.i.i.i = fmul reassoc nsz arcp contract double %7, %6
  %.44.i.i.i = fptrunc double %.43.i.i.i to float
  br label %part0.exit.i.i

part0.exit.i.i: ; preds = %B110.i.i.i, %B46.i.i.i
  %storemerge.i.i.i = phi float [ %.44.i.i.i, %B110.i.i.i ], [ %.23.i.i.i, %B46.i.i.i ]
  %.13.i315.i.i = tail call i64 @llvm.smax.i64(i64 range(i64 -9223372036854775808, 9223372036854775807) %.618.i.i, i64 0)
  %.13.i316.i.i = tail call i64 @llvm.smin.i64(i64 range(i64 -9223372036854775808, 9223372036854775807) %.681.i.i, i64 %.13.i315.i.i)
  %.1148.i.i = add i64 %.13.i316.i.i, %.1147.i.i
  %.1178.i.i = mul i64 %.1176.i.i, %.1148.i.i
  %8 = getelementptr float, ptr %own.0, i64 %.1178.i.i
  br label %B690.if.i.i

B690.if.i.i:                                      ; preds = %part0.exit.i.i, %B690.loopexit.i.i
  %.736.0339.i.i = phi i64 [ 0, %part0.exit.i.i ], [ %.805.i.i, %B690.loopexit.i.i ]
  %.805.i.i = add nuw nsw i64 %.736.0339.i.i, 1
  %.833.i.i = add i64 %.832.i.i, %.736.0339.i.i
  %.834.i.i = sitofp i64 %.833.i.i to float
  %.836.i.i = fsub reassoc nsz arcp contract float %"$phi158.0.2.0.i.i", %.834.i.i
  %.5.i317.i.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.836.i.i)
  %.12.i318.i.i = fcmp reassoc nsz arcp contract ugt float %.5.i317.i.i, 1.000000e+00
  br i1 %.12.i318.i.i, label %B110.i325.i.i, label %B46.i319.i.i

B46.i319.i.i:                                     ; preds = %B690.if.i.i
  %.15.i320.i.i = fmul reassoc nsz arcp contract float %.5.i317.i.i, 1.250000e+00
  %.16.i321.i.i = fadd reassoc nsz arcp contract float %.15.i320.i.i, -2.250000e+00
  %9 = fmul reassoc nsz arcp contract float %.836.i.i, %.836.i.i
  %.20.i322.i.i = fmul reassoc nsz arcp contract float %9, %.16.i321.i.i
  %.23.i323.i.i = fadd reassoc nsz arcp contract float %.20.i322.i.i, 1.000000e+00
  br label %part0.exit330.i.i

B110.i325.i.i:                                    ; preds = %B690.if.i.i
  %.10.i326.i.i = fpext float %.5.i317.i.i to double
  %10 = fmul reassoc nsz arcp contract double %.10.i326.i.i, 7.500000e-01
  %11 = fsub reassoc nsz arcp contract double 7.500000e-01, %10
  %.35.i327.i.i = fadd reassoc nsz arcp contract double %.10.i326.i.i, -2.000000e+00
  %12 = fmul reassoc nsz arcp contract double %.35.i327.i.i, %.35.i327.i.i
  %.43.i328.i.i = fmul reassoc nsz arcp contract double %12, %11
  %.44.i329.i.i = fptrunc double %.43.i328.i.i to float
  br label %part0.exit330.i.i

part0.exit330.i.i: ; preds = %B110.i325.i.i, %B46.i319.i.i
  %storemerge.i324.i.i = phi float [ %.44.i329.i.i, %B110.i325.i.i ], [ %.23.i323.i.i, %B46.i319.i.i ]
  %.862.i.i = fmul reassoc nsz arcp contract float %storemerge.i324.i.i, %storemerge.i.i.i
  %.13.i331.i.i = tail call i64 @llvm.smax.i64(i64 range(i64 -9223372036854775808, 9223372036854775807) %.833.i.i, i64 0)
  %.13.i332.i.i = tail call i64 @llvm.smin.i64(i64 range(i64 -9223372036854775808, 9223372036854775807) %.898.i.i, i64 %.13.i331.i.i)
  %.1151.i.i = add i64 %.13.i332.i.i, %.1150.i.i
  %.1180.i.i = mul i64 %.1151.i.i, %own.5
  %13 = getelementptr float, ptr %8, i64 %.1180.i.i
  br label %B892.if.i.i

B892.if.i.i:                                      ; preds = %B892.if.i.i, %part0.exit330.i.i
  %.953.0337.i.i = phi i64 [ 0, %part0.exit330.i.i ], [ %.1022.i.i, %B892.if.i.i ]
  %.1022.i.i = add nuw nsw i64 %.953.0337.i.i, 1
  %14 = getelementptr float, ptr %3, i64 %.953.0337.i.i
  %.1111.i.i = load float, ptr %14, align 4
  %15 = getelementptr float, ptr %13, i64 %.953.0337.i.i
  %.1185.i.i = load float, ptr %15, align 4
  %.1190.i.i = fmul reassoc nsz arcp contract float %.862.i.i, %.1185.i.i
  %.1191.i.i = fadd reassoc nsz arcp contract float %.1190.i.i, %.1111.i.i
  store float %.1191.i.i, ptr %14, align 4
  %exitcond343.not.i.i = icmp eq i64 %.1022.i.i, 4
  br i1 %exitcond343.not.i.i, label %B690.loopexit.i.i, label %B892.if.i.i

B482.i:                                           ; preds = %B392.i
  %.765.i = fptosi float %.593.i to i32
  %.767.i = fptosi float %.671.i to i32
  %.769.i = sitofp i32 %.765.i to float
  %.771.i = fsub reassoc nsz arcp contract float %.593.i, %.769.i
  %.5.i.i = fsub reassoc nsz arcp contract float 1.000000e+00, %.771.i
  %16 = fmul reassoc nsz arcp contract float %.5.i.i, -7.500000e-01
  %.6.i.i = fmul reassoc nsz arcp contract float %.5.i.i, %.771.i
  %.8.i.i = fmul reassoc nsz arcp contract float %.6.i.i, %16
  %.9.i.i = fmul reassoc nsz arcp contract float %.771.i, 1.250000e+00
  %.10.i.i = fadd reassoc nsz arcp contract float %.9.i.i, -2.250000e+00
  %17 = fmul reassoc nsz arcp contract float %.771.i, %.771.i
  %.12.i.i = fmul reassoc nsz arcp contract float %.10.i.i, %17
  %.13.i.i = fadd reassoc nsz arcp contract float %.12.i.i, 1.000000e+00
  %.16.i.i = fmul reassoc nsz arcp contract float %16, %17
  %18 = fadd reassoc nsz arcp contract float %.16.i.i, %.12.i.i
  %19 = fadd reassoc nsz arcp contract float %18, %.8.i.i
  %.815.i = sitofp i32 %.767.i to float
  %.817.i = fsub reassoc nsz arcp contract float %.671.i, %.815.i
  %.5.i580.i = fsub reassoc nsz arcp contract float 1.000000e+00, %.817.i
  %20 = fmul reassoc nsz arcp contract float %.5.i580.i, -7.500000e-01
  %.6.i581.i = fmul reassoc nsz arcp contract float %.5.i580.i, %.817.i
  %.8.i582.i = fmul reassoc nsz arcp contract float %.6.i581.i, %20
  %.9.i583.i = fmul reassoc nsz arcp contract float %.817.i, 1.250000e+00
  %.10.i584.i = fadd reassoc nsz arcp contract float %.9.i583.i, -2.250000e+00
  %21 = fmul reassoc nsz arcp contract float %.817.i, %.817.i
  %.12.i585.i = fmul reassoc nsz arcp contract float %.10.i584.i, %21
  %.13.i586.i = fadd reassoc nsz arcp contract float %.12.i585.i, 1.000000e+00
  %.16.i587.i = fmul reassoc nsz arcp contract float %20, %21
  %22 = fadd reassoc nsz arcp contract float %.16.i587.i, %.12.i585.i
  %23 = fadd reassoc nsz arcp contract float %22, %.8.i582.i
  %.860.i = sext i32 %.767.i to i64
  %.861.i = add nsw i64 %.860.i, -1
  %.863.i = mul i64 %.861.i, %.169.i
  %.864.i = sext i32 %.765.i to i64
  %.865.i = shl nsw i64 %.864.i, 2
  %.866.i = add nsw i64 %.865.i, -4
  %.867.i = add i64 %.866.i, %.863.i
  %24 = getelementptr float, ptr %own.9, i64 %.867.i
  %.46.i.i = getelementptr i8, ptr %24, i64 16
  %.47.i.i = load float, ptr %.46.i.i, align 4
  %.48.i.i = fmul reassoc nsz arcp contract float %.47.i.i, %.13.i.i
  %.74.i.i = getelementptr i8, ptr %24, i64 32
  %.75.i.i = load float, ptr %.74.i.i, align 4
  %25 = fmul reassoc nsz arcp contract float %19, %.75.i.i
  %.77.i.i = fsub reassoc nsz arcp contract float %.48.i.i, %25
  %.103.i.i = load float, ptr %24, align 4
  %.104.i.i = fmul reassoc nsz arcp contract float %.103.i.i, %.8.i.i
  %.105.i.i = fadd reassoc nsz arcp contract float %.77.i.i, %.104.i.i
  %.131.i.i = getelementptr i8, ptr %24, i64 48
  %.132.i.i = load float, ptr %.131.i.i, align 4
  %.136.i.i = fmul reassoc nsz arcp contract float %.132.i.i, %.16.i.i
  %.137.i.i = fadd reassoc nsz arcp contract float %.105.i.i, %.136.i.i
  %gep.i = getelementptr float, ptr %invariant.gep.i, i64 %.867.i
  %.46.i592.i = getelementptr i8, ptr %gep.i, i64 16
  %.47.i593.i = load float, ptr %.46.i592.i, align 4
  %.48.i594.i = fmul reassoc nsz arcp contract float %.47.i593.i, %.13.i.i
  %.74.i595.i = getelementptr i8, ptr %gep.i, i64 32
  %.75.i596.i = load float, ptr %.74.i595.i, align 4
  %26 = fmul reassoc nsz arcp contract float %19, %.75.i596.i
  %.77.i598.i = fsub reassoc nsz arcp contract float %.48.i594.i, %26
  %.103.i599.i = load float, ptr %gep.i, align 4
  %.104.i600.i = fmul reassoc nsz arcp contract float %.103.i599.i, %.8.i.i
  %.105.i601.i = fadd reassoc nsz arcp contract float %.77.i598.i, %.104.i600.i
  %.131.i602.i = getelementptr i8, ptr %gep.i, i64 48
  %.132.i603.i = load float, ptr %.131.i602.i, align 4
  %.136.i604.i = fmul reassoc nsz arcp contract float %.132.i603.i, %.16.i.i
  %.137.i605.i = fadd reassoc nsz arcp contract float %.105.i601.i, %.136.i604.i
  %.904.i = fmul reassoc nsz arcp contract float %.137.i.i, %.8.i582.i
  %.933.i = fmul reassoc nsz arcp contract float %.137.i605.i, %.13.i586.i
  %gep835.i = getelementptr float, ptr %invariant.gep834.i, i64 %.867.i
  %.46.i606.i = getelementptr i8, ptr %gep835.i, i64 16
  %.47.i607.i = load float, ptr %.46.i606.i, align 4
  %.48.i608.i = fmul reassoc nsz arcp contract float %.47.i607.i, %.13.i.i
  %.74.i609.i = getelementptr i8, ptr %gep835.i, i64 32
  %.75.i610.i = load float, ptr %.74.i609.i, align 4
  %27 = fmul reassoc nsz arcp contract float %19, %.75.i610.i
  %.77.i612.i = fsub reassoc nsz arcp contract float %.48.i608.i, %27
  %.103.i613.i = load float, ptr %gep835.i, align 4
  %.104.i614.i = fmul reassoc nsz arcp contract float %.103.i613.i, %.8.i.i
  %.105.i615.i = fadd reassoc nsz arcp contract float %.77.i612.i, %.104.i614.i
  %.131.i616.i = getelementptr i8, ptr %gep835.i, i64 48
  %.132.i617.i = load float, ptr %.131.i616.i, align 4
  %.136.i618.i = fmul reassoc nsz arcp contract float %.132.i617.i, %.16.i.i
  %.137.i619.i = fadd reassoc nsz arcp contract float %.105.i615.i, %.136.i618.i
  %gep837.i = getelementptr float, ptr %invariant.gep836.i, i64 %.867.i
  %.46.i620.i = getelementptr i8, ptr %gep837.i, i64 16
  %.47.i621.i = load float, ptr %.46.i620.i, align 4
  %.48.i622.i = fmul reassoc nsz arcp contract float %.47.i621.i, %.13.i.i
  %.74.i623.i = getelementptr i8, ptr %gep837.i, i64 32
  %.75.i624.i = load float, ptr %.74.i623.i, align 4
  %28 = fmul reassoc nsz arcp contract float %19, %.75.i624.i
  %.77.i626.i = fsub reassoc nsz arcp contract float %.48.i622.i, %28
  %.103.i627.i = load float, ptr %gep837.i, align 4
  %.104.i628.i = fmul reassoc nsz arcp contract float %.103.i627.i, %.8.i.i
  %.105.i629.i = fadd reassoc nsz arcp contract float %.77.i626.i, %.104.i628.i
  %.131.i630.i = getelementptr i8, ptr %gep837.i, i64 48
  %.132.i631.i = load float, ptr %.131.i630.i, align 4
  %.136.i632.i = fmul reassoc nsz arcp contract float %.132.i631.i, %.16.i.i
  %.137.i633.i = fadd reassoc nsz arcp contract float %.105.i629.i, %.136.i632.i
  %.992.i = fmul reassoc nsz arcp contract float %.137.i633.i, %.16.i587.i
  %.993.i = fadd reassoc nsz arcp contract float %.933.i, %.904.i
  %29 = fmul reassoc nsz arcp contract float %23, %.137.i619.i
  %.934.i = fsub reassoc nsz arcp contract float %.993.i, %29
  %.994.i = fadd reassoc nsz arcp contract float %.934.i, %.992.i
  %30 = getelementptr i8, ptr %24, i64 4
  %.46.i634.i = getelementptr i8, ptr %24, i64 20
  %.47.i635.i = load float, ptr %.46.i634.i, align 4
  %.48.i636.i = fmul reassoc nsz arcp contract float %.47.i635.i, %.13.i.i
  %.74.i637.i = getelementptr i8, ptr %24, i64 36
  %.75.i638.i = load float, ptr %.74.i637.i, align 4
  %31 = fmul reassoc nsz arcp contract float %19, %.75.i638.i
  %.77.i640.i = fsub reassoc nsz arcp contract float %.48.i636.i, %31
  %.103.i641.i = load float, ptr %30, align 4
  %.104.i642.i = fmul reassoc nsz arcp contract float %.103.i641.i, %.8.i.i
  %.105.i643.i = fadd reassoc nsz arcp contract float %.77.i640.i, %.104.i642.i
  %.131.i644.i = getelementptr i8, ptr %24, i64 52
  %.132.i645.i = load float, ptr %.131.i644.i, align 4
  %.136.i646.i = fmul reassoc nsz arcp contract float %.132.i645.i, %.16.i.i
  %.137.i647.i = fadd reassoc nsz arcp contract float %.105.i643.i, %.136.i646.i
  %32 = getelementptr i8, ptr %gep.i, i64 4
  %.46.i648.i = getelementptr i8, ptr %gep.i, i64 20
  %.47.i649.i = load float, ptr %.46.i648.i, align 4
  %.48.i650.i = fmul reassoc nsz arcp contract float %.47.i649.i, %.13.i.i
  %.74.i651.i = getelementptr i8, ptr %gep.i, i64 36
  %.75.i652.i = load float, ptr %.74.i651.i, align 4
  %33 = fmul reassoc nsz arcp contract float %19, %.75.i652.i
  %.77.i654.i = fsub reassoc nsz arcp contract float %.48.i650.i, %33
  %.103.i655.i = load float, ptr %32, align 4
  %.104.i656.i = fmul reassoc nsz arcp contract float %.103.i655.i, %.8.i.i
  %.105.i657.i = fadd reassoc nsz arcp contract float %.77.i654.i, %.104.i656.i
  %.131.i658.i = getelementptr i8, ptr %gep.i, i64 52
  %.132.i659.i = load float, ptr %.131.i658.i, align 4
  %.136.i660.i = fmul reassoc nsz arcp contract float %.132.i659.i, %.16.i.i
  %.137.i661.i = fadd reassoc nsz arcp contract float %.105.i657.i, %.136.i660.i
  %.1051.i = fmul reassoc nsz arcp contract float %.137.i647.i, %.8.i582.i
  %.1080.i = fmul reassoc nsz arcp contract float %.137.i661.i, %.13.i586.i
  %34 = getelementptr i8, ptr %gep835.i, i64 4
  %.46.i662.i = getelementptr i8, ptr %gep835.i, i64 20
  %.47.i663.i = load float, ptr %.46.i662.i, align 4
  %.48.i664.i = fmul reassoc nsz arcp contract float %.47.i663.i, %.13.i.i
  %.74.i665.i = getelementptr i8, ptr %gep835.i, i64 36
  %.75.i666.i = load float, ptr %.74.i665.i, align 4
  %35 = fmul reassoc nsz arcp contract float %19, %.75.i666.i
  %.77.i668.i = fsub reassoc nsz arcp contract float %.48.i664.i, %35
  %.103.i669.i = load float, ptr %34, align 4
  %.104.i670.i = fmul reassoc nsz arcp contract float %.103.i669.i, %.8.i.i
  %.105.i671.i = fadd reassoc nsz arcp contract float %.77.i668.i, %.104.i670.i
  %.131.i672.i = getelementptr i8, ptr %gep835.i, i64 52
  %.132.i673.i = load float, ptr %.131.i672.i, align 4
  %.136.i674.i = fmul reassoc nsz arcp contract float %.132.i673.i, %.16.i.i
  %.137.i675.i = fadd reassoc nsz arcp contract float %.105.i671.i, %.136.i674.i
  %36 = getelementptr i8, ptr %gep837.i, i64 4
  %.46.i676.i = getelementptr i8, ptr %gep837.i, i64 20
  %.47.i677.i = load float, ptr %.46.i676.i, align 4
  %.48.i678.i = fmul reassoc nsz arcp contract float %.47.i677.i, %.13.i.i
  %.74.i679.i = getelementptr i8, ptr %gep837.i, i64 36
  %.75.i680.i = load float, ptr %.74.i679.i, align 4
  %37 = fmul reassoc nsz arcp contract float %19, %.75.i680.i
  %.77.i682.i = fsub reassoc nsz arcp contract float %.48.i678.i, %37
  %.103.i683.i = load float, ptr %36, align 4
  %.104.i684.i = fmul reassoc nsz arcp contract float %.103.i683.i, %.8.i.i
  %.105.i685.i = fadd reassoc nsz arcp contract float %.77.i682.i, %.104.i684.i
  %.131.i686.i = getelementptr i8, ptr %gep837.i, i64 52
  %.132.i687.i = load float, ptr %.131.i686.i, align 4
  %.136.i688.i = fmul reassoc nsz arcp contract float %.132.i687.i, %.16.i.i
  %.137.i689.i = fadd reassoc nsz arcp contract float %.105.i685.i, %.136.i688.i
  %.1139.i = fmul reassoc nsz arcp contract float %.137.i689.i, %.16.i587.i
  %.1140.i = fadd reassoc nsz arcp contract float %.1080.i, %.1051.i
  %38 = fmul reassoc nsz arcp contract float %23, %.137.i675.i
  %.1081.i = fsub reassoc nsz arcp contract float %.1140.i, %38
  %.1141.i = fadd reassoc nsz arcp contract float %.1081.i, %.1139.i
  %39 = getelementptr i8, ptr %24, i64 8
  %.46.i690.i = getelementptr i8, ptr %24, i64 24
  %.47.i691.i = load float, ptr %.46.i690.i, align 4
  %.48.i692.i = fmul reassoc nsz arcp contract float %.47.i691.i, %.13.i.i
  %.74.i693.i = getelementptr i8, ptr %24, i64 40
  %.75.i694.i = load float, ptr %.74.i693.i, align 4
  %40 = fmul reassoc nsz arcp contract float %19, %.75.i694.i
  %.77.i696.i = fsub reassoc nsz arcp contract float %.48.i692.i, %40
  %.103.i697.i = load float, ptr %39, align 4
  %.104.i698.i = fmul reassoc nsz arcp contract float %.103.i697.i, %.8.i.i
  %.105.i699.i = fadd reassoc nsz arcp contract float %.77.i696.i, %.104.i698.i
  %.131.i700.i = getelementptr i8, ptr %24, i64 56
  %.132.i701.i = load float, ptr %.131.i700.i, align 4
  %.136.i702.i = fmul reassoc nsz arcp contract float %.132.i701.i, %.16.i.i
  %.137.i703.i = fadd reassoc nsz arcp contract float %.105.i699.i, %.136.i702.i
  %41 = getelementptr i8, ptr %gep.i, i64 8
  %.46.i704.i = getelementptr i8, ptr %gep.i, i64 24
  %.47.i705.i = load float, ptr %.46.i704.i, align 4
  %.48.i706.i = fmul reassoc nsz arcp contract float %.47.i705.i, %.13.i.i
  %.74.i707.i = getelementptr i8, ptr %gep.i, i64 40
  %.75.i708.i = load float, ptr %.74.i707.i, align 4
  %42 = fmul reassoc nsz arcp contract float %19, %.75.i708.i
  %.77.i710.i = fsub reassoc nsz arcp contract float %.48.i706.i, %42
  %.103.i711.i = load float, ptr %41, align 4
  %.104.i712.i = fmul reassoc nsz arcp contract float %.103.i711.i, %.8.i.i
  %.105.i713.i = fadd reassoc nsz arcp contract float %.77.i710.i, %.104.i712.i
  %.131.i714.i = getelementptr i8, ptr %gep.i, i64 56
  %.132.i715.i = load float, ptr %.131.i714.i, align 4
  %.136.i716.i = fmul reassoc nsz arcp contract float %.132.i715.i, %.16.i.i
  %.137.i717.i = fadd reassoc nsz arcp contract float %.105.i713.i, %.136.i716.i
  %.1198.i = fmul reassoc nsz arcp contract float %.137.i703.i, %.8.i582.i
  %.1227.i = fmul reassoc nsz arcp contract float %.137.i717.i, %.13.i586.i
  %43 = getelementptr i8, ptr %gep835.i, i64 8
  %.46.i718.i = getelementptr i8, ptr %gep835.i, i64 24
  %.47.i719.i = load float, ptr %.46.i718.i, align 4
  %.48.i720.i = fmul reassoc nsz arcp contract float %.47.i719.i, %.13.i.i
  %.74.i721.i = getelementptr i8, ptr %gep835.i, i64 40
  %.75.i722.i = load float, ptr %.74.i721.i, align 4
  %44 = fmul reassoc nsz arcp contract float %19, %.75.i722.i
  %.77.i724.i = fsub reassoc nsz arcp contract float %.48.i720.i, %44
  %.103.i725.i = load float, ptr %43, align 4
  %.104.i726.i = fmul reassoc nsz arcp contract float %.103.i725.i, %.8.i.i
  %.105.i727.i = fadd reassoc nsz arcp contract float %.77.i724.i, %.104.i726.i
  %.131.i728.i = getelementptr i8, ptr %gep835.i, i64 56
  %.132.i729.i = load float, ptr %.131.i728.i, align 4
  %.136.i730.i = fmul reassoc nsz arcp contract float %.132.i729.i, %.16.i.i
  %.137.i731.i = fadd reassoc nsz arcp contract float %.105.i727.i, %.136.i730.i
  %45 = getelementptr i8, ptr %gep837.i, i64 8
  %.46.i732.i = getelementptr i8, ptr %gep837.i, i64 24
  %.47.i733.i = load float, ptr %.46.i732.i, align 4
  %.48.i734.i = fmul reassoc nsz arcp contract float %.47.i733.i, %.13.i.i
  %.74.i735.i = getelementptr i8, ptr %gep837.i, i64 40
  %.75.i736.i = load float, ptr %.74.i735.i, align 4
  %46 = fmul reassoc nsz arcp contract float %19, %.75.i736.i
  %.77.i738.i = fsub reassoc nsz arcp contract float %.48.i734.i, %46
  %.103.i739.i = load float, ptr %45, align 4
  %.104.i740.i = fmul reassoc nsz arcp contract float %.103.i739.i, %.8.i.i
  %.105.i741.i = fadd reassoc nsz arcp contract float %.77.i738.i, %.104.i740.i
  %.131.i742.i = getelementptr i8, ptr %gep837.i, i64 56
  %.132.i743.i = load float, ptr %.131.i742.i, align 4
  %.136.i744.i = fmul reassoc nsz arcp contract float %.132.i743.i, %.16.i.i
  %.137.i745.i = fadd reassoc nsz arcp contract float %.105.i741.i, %.136.i744.i
  %.1286.i = fmul reassoc nsz arcp contract float %.137.i745.i, %.16.i587.i
  %.1287.i = fadd reassoc nsz arcp contract float %.1227.i, %.1198.i
  %47 = fmul reassoc nsz arcp contract float %23, %.137.i731.i
  %.1228.i = fsub reassoc nsz arcp contract float %.1287.i, %47
  %.1288.i = fadd reassoc nsz arcp contract float %.1228.i, %.1286.i
  %48 = getelementptr i8, ptr %24, i64 12
  %.46.i746.i = getelementptr i8, ptr %24, i64 28
  %.47.i747.i = load float, ptr %.46.i746.i, align 4
  %.48.i748.i = fmul reassoc nsz arcp contract float %.47.i747.i, %.13.i.i
  %.74.i749.i = getelementptr i8, ptr %24, i64 44
  %.75.i750.i = load float, ptr %.74.i749.i, align 4
  %49 = fmul reassoc nsz arcp contract float %19, %.75.i750.i
  %.77.i752.i = fsub reassoc nsz arcp contract float %.48.i748.i, %49
  %.103.i753.i = load float, ptr %48, align 4
  %.104.i754.i = fmul reassoc nsz arcp contract float %.103.i753.i, %.8.i.i
  %.105.i755.i = fadd reassoc nsz arcp contract float %.77.i752.i, %.104.i754.i
  %.131.i756.i = getelementptr i8, ptr %24, i64 60
  %.132.i757.i = load float, ptr %.131.i756.i, align 4
  %.136.i758.i = fmul reassoc nsz arcp contract float %.132.i757.i, %.16.i.i
  %.137.i759.i = fadd reassoc nsz arcp contract float %.105.i755.i, %.136.i758.i
  %50 = getelementptr i8, ptr %gep.i, i64 12
  %.46.i760.i = getelementptr i8, ptr %gep.i, i64 28
  %.47.i761.i = load float, ptr %.46.i760.i, align 4
  %.48.i762.i = fmul reassoc nsz arcp contract float %.47.i761.i, %.13.i.i
  %.74.i763.i = getelementptr i8, ptr %gep.i, i64 44
  %.75.i764.i = load float, ptr %.74.i763.i, align 4
  %51 = fmul reassoc nsz arcp contract float %19, %.75.i764.i
  %.77.i766.i = fsub reassoc nsz arcp contract float %.48.i762.i, %51
  %.103.i767.i = load float, ptr %50, align 4
  %.104.i768.i = fmul reassoc nsz arcp contract float %.103.i767.i, %.8.i.i
  %.105.i769.i = fadd reassoc nsz arcp contract float %.77.i766.i, %.104.i768.i
  %.131.i770.i = getelementptr i8, ptr %gep.i, i64 60
  %.132.i771.i = load float, ptr %.131.i770.i, align 4
  %.136.i772.i = fmul reassoc nsz arcp contract float %.132.i771.i, %.16.i.i
  %.137.i773.i = fadd reassoc nsz arcp contract float %.105.i769.i, %.136.i772.i
  %.1345.i = fmul reassoc nsz arcp contract float %.137.i759.i, %.8.i582.i
  %.1374.i = fmul reassoc nsz arcp contract float %.137.i773.i, %.13.i586.i
  %52 = getelementptr i8, ptr %gep835.i, i64 12
  %.46.i774.i = getelementptr i8, ptr %gep835.i, i64 28
  %.47.i775.i = load float, ptr %.46.i774.i, align 4
  %.48.i776.i = fmul reassoc nsz arcp contract float %.47.i775.i, %.13.i.i
  %.74.i777.i = getelementptr i8, ptr %gep835.i, i64 44
  %.75.i778.i = load float, ptr %.74.i777.i, align 4
  %53 = fmul reassoc nsz arcp contract float %19, %.75.i778.i
  %.77.i780.i = fsub reassoc nsz arcp contract float %.48.i776.i, %53
  %.103.i781.i = load float, ptr %52, align 4
  %.104.i782.i = fmul reassoc nsz arcp contract float %.103.i781.i, %.8.i.i
  %.105.i783.i = fadd reassoc nsz arcp contract float %.77.i780.i, %.104.i782.i
  %.131.i784.i = getelementptr i8, ptr %gep835.i, i64 60
  %.132.i785.i = load float, ptr %.131.i784.i, align 4
  %.136.i786.i = fmul reassoc nsz arcp contract float %.132.i785.i, %.16.i.i
  %.137.i787.i = fadd reassoc nsz arcp contract float %.105.i783.i, %.136.i786.i
  %54 = getelementptr i8, ptr %gep837.i, i64 12
  %.46.i788.i = getelementptr i8, ptr %gep837.i, i64 28
  %.47.i789.i = load float, ptr %.46.i788.i, align 4
  %.48.i790.i = fmul reassoc nsz arcp contract float %.47.i789.i, %.13.i.i
  %.74.i791.i = getelementptr i8, ptr %gep837.i, i64 44
  %.75.i792.i = load float, ptr %.74.i791.i, align 4
  %55 = fmul reassoc nsz arcp contract float %19, %.75.i792.i
  %.77.i794.i = fsub reassoc nsz arcp contract float %.48.i790.i, %55
  %.103.i795.i = load float, ptr %54, align 4
  %.104.i796.i = fmul reassoc nsz arcp contract float %.103.i795.i, %.8.i.i
  %.105.i797.i = fadd reassoc nsz arcp contract float %.77.i794.i, %.104.i796.i
  %.131.i798.i = getelementptr i8, ptr %gep837.i, i64 60
  %.132.i799.i = load float, ptr %.131.i798.i, align 4
  %.136.i800.i = fmul reassoc nsz arcp contract float %.132.i799.i, %.16.i.i
  %.137.i801.i = fadd reassoc nsz arcp contract float %.105.i797.i, %.136.i800.i
  %.1433.i = fmul reassoc nsz arcp contract float %.137.i801.i, %.16.i587.i
  %.1434.i = fadd reassoc nsz arcp contract float %.1374.i, %.1345.i
  %56 = fmul reassoc nsz arcp contract float %23, %.137.i787.i
  %.1375.i = fsub reassoc nsz arcp contract float %.1434.i, %56
  %.1435.i = fadd reassoc nsz arcp contract float %.1375.i, %.1433.i
  %.1495.i = mul i64 %.349.0826.i, %own.35
  %.1499.i = getelementptr float, ptr %60, i64 %.1495.i
  store float %.994.i, ptr %.1499.i, align 4
  %.1567.i = getelementptr i8, ptr %.1499.i, i64 4
  store float %.1141.i, ptr %.1567.i, align 4
  %.1635.i = getelementptr i8, ptr %.1499.i, i64 8
  store float %.1288.i, ptr %.1635.i, align 4
  %.1707.i = getelementptr i8, ptr %.1499.i, i64 12
  store float %.1435.i, ptr %.1707.i, align 4
  br label %B2071.i

B2071.i:                                          ; preds = %B494.loopexit.i.i, %B198.if.i, %B482.i
  %exitcond.not.i = icmp eq i64 %own.27, %.419.i
  br i1 %exitcond.not.i, label %B138.loopexit.i, label %B198.if.i

B140.if.i:                                        ; preds = %B138.loopexit.i, %B140.if.lr.ph.i
  %.211.0830.i = phi i64 [ 0, %B140.if.lr.ph.i ], [ %.283.i, %B138.loopexit.i ]
  %.283.i = add nuw nsw i64 %.211.0830.i, 1
  br i1 %.406824.not.i, label %B138.loopexit.i, label %B198.if.lr.ph.i

B198.if.lr.ph.i:                                  ; preds = %B140.if.i
  %57 = mul i64 %1, %.211.0830.i
  %factor.op.mul823.reass.i = mul i64 %.211.0830.i, %factor.op.mul827.i
  %.495.i = mul i64 %.211.0830.i, %own.27
  %58 = getelementptr i8, ptr %own.23, i64 %.495.i
  %.585.i = mul i64 %.583.i, %.211.0830.i
  %59 = getelementptr float, ptr %own.14, i64 %.585.i
  %60 = getelementptr float, ptr %own.30, i64 %factor.op.mul823.reass.i
  %61 = getelementptr i8, ptr %own.30, i64 %57
  br label %B198.if.i

B198.if.i:                                        ; preds = %B198.if.lr.ph.i, %B2071.i
  %.349.0826.i = phi i64 [ 0, %B198.if.lr.ph.i ], [ %.419.i, %B2071.i ]
  %62 = mul i64 %2, %.349.0826.i
  %scevgep.i = getelementptr i8, ptr %61, i64 %62
  %.419.i = add nuw nsw i64 %.349.0826.i, 1
  %63 = getelementptr i8, ptr %58, i64 %.349.0826.i
  %.500.i = load i8, ptr %63, align 1
  %.503.not.i = icmp eq i8 %.500.i, 0
  br i1 %.503.not.i, label %B2071.i, label %B224.i

pixels._warp.inner.exit:                          ; preds = %B138.loopexit.i, %0
  ret void
}

declare i64 @llvm.smin.i64(i64, i64)

declare void @llvm.memset.p0.i64(ptr writeonly, i8, i64, i1 immarg)

declare float @llvm.floor.f32(float)

declare float @llvm.fabs.f32(float)

declare i64 @llvm.smax.i64(i64, i64)

define void @pixels.compose(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.5 = getelementptr i8, ptr %slots, i64 40
  %own.5 = load i64, ptr %at.5, align 1
  %at.9 = getelementptr i8, ptr %slots, i64 72
  %own.9 = load ptr, ptr %at.9, align 1
  %at.13 = getelementptr i8, ptr %slots, i64 104
  %own.13 = load i64, ptr %at.13, align 1
  %at.16 = getelementptr i8, ptr %slots, i64 128
  %own.16 = load ptr, ptr %at.16, align 1
  %at.22 = getelementptr i8, ptr %slots, i64 176
  %own.22 = load i64, ptr %at.22, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load i64, ptr %at.23, align 1
  %at.24 = getelementptr i8, ptr %slots, i64 192
  %own.24 = load i64, ptr %at.24, align 1
  %at.25 = getelementptr i8, ptr %slots, i64 200
  %own.25 = load ptr, ptr %at.25, align 1
  %at.28 = getelementptr i8, ptr %slots, i64 224
  %own.28 = load i64, ptr %at.28, align 1
  %at.29 = getelementptr i8, ptr %slots, i64 232
  %own.29 = load i64, ptr %at.29, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load i64, ptr %at.30, align 1
  %.216409.not.i = icmp slt i64 %own.28, 1
  br i1 %.216409.not.i, label %pixels.compose.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %.337406.not.i = icmp slt i64 %own.29, 1
  %.485.i = icmp slt i64 %own.30, 0
  %.486.i = select i1 %.485.i, i64 %own.5, i64 0
  %.509.i = mul i64 %own.4, %own.5
  %.606400.not.i = icmp slt i64 %own.30, 1
  %.863.i = mul i64 %own.30, %own.29
  br label %B56.if.i

B56.loopexit.i:                                   ; preds = %B329.i, %B56.if.i
  %exitcond415.not.i = icmp eq i64 %.229.i, %own.28
  br i1 %exitcond415.not.i, label %pixels.compose.inner.exit, label %B56.if.i

B114.i:                                           ; preds = %B90.if.i
  %.513.i = mul i64 %.281.0407.i, %own.5
  %1 = getelementptr float, ptr %8, i64 %.513.i
  %2 = getelementptr float, ptr %1, i64 %own.30
  %.517.i = getelementptr float, ptr %2, i64 %.486.i
  %.518.i = load float, ptr %.517.i, align 4
  %.522.i = fsub reassoc nsz arcp contract float 1.000000e+00, %.518.i
  br i1 %.606400.not.i, label %B329.i, label %B182.if.lr.ph.i

B182.if.lr.ph.i:                                  ; preds = %B114.i
  %.785.i = mul i64 %.281.0407.i, %own.23
  %3 = getelementptr i8, ptr %9, i64 %.785.i
  %.867.i = mul i64 %.281.0407.i, %own.30
  %4 = getelementptr float, ptr %10, i64 %.867.i
  br label %B182.if.i

B254.i:                                           ; preds = %B90.if.i
  br i1 %.606400.not.i, label %B329.i, label %B284.if.lr.ph.i

B284.if.lr.ph.i:                                  ; preds = %B254.i
  %.1068.i = mul i64 %.281.0407.i, %own.23
  %5 = getelementptr i8, ptr %9, i64 %.1068.i
  %.1147.i = mul i64 %.281.0407.i, %own.30
  %6 = getelementptr float, ptr %10, i64 %.1147.i
  br label %B284.if.i

B329.i:                                           ; preds = %B182.if.i, %B284.if.i, %B254.i, %B114.i
  %exitcond414.not.i = icmp eq i64 %own.29, %.350.i
  br i1 %exitcond414.not.i, label %B56.loopexit.i, label %B90.if.i

B56.if.i:                                         ; preds = %B56.loopexit.i, %B56.if.lr.ph.i
  %.158.0410.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.229.i, %B56.loopexit.i ]
  %.229.i = add nuw nsw i64 %.158.0410.i, 1
  br i1 %.337406.not.i, label %B56.loopexit.i, label %B90.if.lr.ph.i

B90.if.lr.ph.i:                                   ; preds = %B56.if.i
  %.426.i = mul i64 %.158.0410.i, %own.13
  %7 = getelementptr i8, ptr %own.9, i64 %.426.i
  %.511.i = mul i64 %.509.i, %.158.0410.i
  %8 = getelementptr float, ptr %own.0, i64 %.511.i
  %.784.i = mul i64 %.158.0410.i, %own.22
  %9 = getelementptr i8, ptr %own.16, i64 %.784.i
  %.865.i = mul i64 %.863.i, %.158.0410.i
  %10 = getelementptr float, ptr %own.25, i64 %.865.i
  br label %B90.if.i

B90.if.i:                                         ; preds = %B90.if.lr.ph.i, %B329.i
  %.281.0407.i = phi i64 [ 0, %B90.if.lr.ph.i ], [ %.350.i, %B329.i ]
  %.350.i = add nuw nsw i64 %.281.0407.i, 1
  %11 = getelementptr i8, ptr %7, i64 %.281.0407.i
  %.431.i = load i8, ptr %11, align 1
  %.434.not.i = icmp eq i8 %.431.i, 0
  br i1 %.434.not.i, label %B254.i, label %B114.i

B182.if.i:                                        ; preds = %B182.if.i, %B182.if.lr.ph.i
  %.550.0401.i = phi i64 [ 0, %B182.if.lr.ph.i ], [ %.619.i, %B182.if.i ]
  %.619.i = add nuw nsw i64 %.550.0401.i, 1
  %12 = getelementptr float, ptr %1, i64 %.550.0401.i
  %.717.i = load float, ptr %12, align 4
  %.786.i = mul i64 %.550.0401.i, %own.24
  %.790.i = getelementptr i8, ptr %3, i64 %.786.i
  %.792.i = load float, ptr %.790.i, align 4
  %.797.i = fmul reassoc nsz arcp contract float %.792.i, %.522.i
  %.798.i = fadd reassoc nsz arcp contract float %.797.i, %.717.i
  %13 = getelementptr float, ptr %4, i64 %.550.0401.i
  store float %.798.i, ptr %13, align 4
  %exitcond.not.i = icmp eq i64 %own.30, %.619.i
  br i1 %exitcond.not.i, label %B329.i, label %B182.if.i

B284.if.i:                                        ; preds = %B284.if.i, %B284.if.lr.ph.i
  %.910.0404.i = phi i64 [ 0, %B284.if.lr.ph.i ], [ %.979.i, %B284.if.i ]
  %.979.i = add nuw nsw i64 %.910.0404.i, 1
  %.1069.i = mul i64 %.910.0404.i, %own.24
  %.1073.i = getelementptr i8, ptr %5, i64 %.1069.i
  %.1075.i = load float, ptr %.1073.i, align 4
  %14 = getelementptr float, ptr %6, i64 %.910.0404.i
  store float %.1075.i, ptr %14, align 4
  %exitcond413.not.i = icmp eq i64 %own.30, %.979.i
  br i1 %exitcond413.not.i, label %B329.i, label %B284.if.i

pixels.compose.inner.exit:                        ; preds = %B56.loopexit.i, %0
  ret void
}

define void @pixels.lay_over(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.6 = getelementptr i8, ptr %slots, i64 48
  %own.6 = load i64, ptr %at.6, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load i64, ptr %at.7, align 1
  %at.8 = getelementptr i8, ptr %slots, i64 64
  %own.8 = load i64, ptr %at.8, align 1
  %at.9 = getelementptr i8, ptr %slots, i64 72
  %own.9 = load ptr, ptr %at.9, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load i64, ptr %at.14, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load ptr, ptr %at.18, align 1
  %at.22 = getelementptr i8, ptr %slots, i64 176
  %own.22 = load i64, ptr %at.22, align 1
  %at.25 = getelementptr i8, ptr %slots, i64 200
  %own.25 = load ptr, ptr %at.25, align 1
  %at.29 = getelementptr i8, ptr %slots, i64 232
  %own.29 = load i64, ptr %at.29, align 1
  %at.32 = getelementptr i8, ptr %slots, i64 256
  %own.32 = load float, ptr %at.32, align 1
  %.199339.not.i = icmp slt i64 %own.3, 1
  br i1 %.199339.not.i, label %pixels.lay_over.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %at.13 = getelementptr i8, ptr %slots, i64 104
  %own.13 = load i64, ptr %at.13, align 1
  %.338336.not.i = icmp slt i64 %own.4, 1
  %.703.i = mul i64 %own.13, %own.14
  br label %B56.if.i

B56.loopexit.i:                                   ; preds = %B305.i, %B56.if.i
  %exitcond343.not.i = icmp eq i64 %.212.i, %own.3
  br i1 %exitcond343.not.i, label %pixels.lay_over.inner.exit, label %B56.if.i

B305.i:                                           ; preds = %B186.if.i, %B112.if.i
  %exitcond342.not.i = icmp eq i64 %own.4, %.351.i
  br i1 %exitcond342.not.i, label %B56.loopexit.i, label %B112.if.i

B56.if.i:                                         ; preds = %B56.loopexit.i, %B56.if.lr.ph.i
  %.141.0340.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.212.i, %B56.loopexit.i ]
  %.212.i = add nuw nsw i64 %.141.0340.i, 1
  br i1 %.338336.not.i, label %B56.loopexit.i, label %B112.if.lr.ph.i

B112.if.lr.ph.i:                                  ; preds = %B56.if.i
  %.427.i = mul i64 %.141.0340.i, %own.29
  %1 = getelementptr float, ptr %own.25, i64 %.427.i
  %.630.i = mul i64 %.141.0340.i, %own.6
  %2 = getelementptr i8, ptr %own.0, i64 %.630.i
  %.705.i = mul i64 %.703.i, %.141.0340.i
  %3 = getelementptr float, ptr %own.9, i64 %.705.i
  %.764.i = mul i64 %.141.0340.i, %own.22
  %4 = getelementptr float, ptr %own.18, i64 %.764.i
  br label %B112.if.i

B112.if.i:                                        ; preds = %B112.if.lr.ph.i, %B305.i
  %.282.0337.i = phi i64 [ 0, %B112.if.lr.ph.i ], [ %.351.i, %B305.i ]
  %.351.i = add nuw nsw i64 %.282.0337.i, 1
  %5 = getelementptr float, ptr %1, i64 %.282.0337.i
  %.432.i = load float, ptr %5, align 4
  %.436.i = fmul reassoc nsz arcp contract float %.432.i, %own.32
  %.443.i = fcmp reassoc nsz arcp contract ugt float %.436.i, 0.000000e+00
  br i1 %.443.i, label %B186.preheader.i, label %B305.i

B186.preheader.i:                                 ; preds = %B112.if.i
  %.631.i = mul i64 %.282.0337.i, %own.7
  %6 = getelementptr i8, ptr %2, i64 %.631.i
  %.707.i = mul i64 %.282.0337.i, %own.14
  %7 = getelementptr float, ptr %3, i64 %.707.i
  %8 = getelementptr float, ptr %4, i64 %.282.0337.i
  br label %B186.if.i

B186.if.i:                                        ; preds = %B186.if.i, %B186.preheader.i
  %.473.0334.i = phi i64 [ 0, %B186.preheader.i ], [ %.542.i, %B186.if.i ]
  %.542.i = add nuw nsw i64 %.473.0334.i, 1
  %.632.i = mul i64 %.473.0334.i, %own.8
  %.636.i = getelementptr i8, ptr %6, i64 %.632.i
  %.638.i = load float, ptr %.636.i, align 4
  %9 = getelementptr float, ptr %7, i64 %.473.0334.i
  %.712.i = load float, ptr %9, align 4
  %.769.i = load float, ptr %8, align 4
  %.772.i = fmul reassoc nsz arcp contract float %.769.i, %.712.i
  %.848.i = fsub reassoc nsz arcp contract float %.772.i, %.638.i
  %.850.i = fmul reassoc nsz arcp contract float %.848.i, %.436.i
  %.851.i = fadd reassoc nsz arcp contract float %.850.i, %.638.i
  store float %.851.i, ptr %.636.i, align 4
  %exitcond.not.i = icmp eq i64 %.542.i, 3
  br i1 %exitcond.not.i, label %B305.i, label %B186.if.i

pixels.lay_over.inner.exit:                       ; preds = %B56.loopexit.i, %0
  ret void
}

define void @pixels.write_changed(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.5 = getelementptr i8, ptr %slots, i64 40
  %own.5 = load i64, ptr %at.5, align 1
  %at.9 = getelementptr i8, ptr %slots, i64 72
  %own.9 = load ptr, ptr %at.9, align 1
  %at.15 = getelementptr i8, ptr %slots, i64 120
  %own.15 = load i64, ptr %at.15, align 1
  %at.16 = getelementptr i8, ptr %slots, i64 128
  %own.16 = load i64, ptr %at.16, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load ptr, ptr %at.18, align 1
  %at.24 = getelementptr i8, ptr %slots, i64 192
  %own.24 = load i64, ptr %at.24, align 1
  %at.25 = getelementptr i8, ptr %slots, i64 200
  %own.25 = load i64, ptr %at.25, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load i64, ptr %at.26, align 1
  %.209333.not.i = icmp slt i64 %own.3, 1
  br i1 %.209333.not.i, label %pixels.write_changed.inner.exit, label %B178.if.lr.ph.i

B178.if.lr.ph.i:                                  ; preds = %0
  %.331330.not.i = icmp slt i64 %own.4, 1
  %.462321.not.i = icmp slt i64 %own.5, 1
  %.568.i = mul i64 %own.5, %own.4
  br label %B178.if.i

B176.loopexit.i:                                  ; preds = %B798.i, %B178.if.i
  %exitcond339.not.i = icmp eq i64 %.222.i, %own.3
  br i1 %exitcond339.not.i, label %pixels.write_changed.inner.exit, label %B178.if.i

B536.i:                                           ; preds = %B258.if.i
  %1 = select i1 %.754.i, i1 %.605.i, i1 false
  br i1 %1, label %B574.if.lr.ph.i, label %B798.i

B574.if.lr.ph.i:                                  ; preds = %B536.i
  %.1090.i = mul i64 %.274.0332.i, %own.25
  %2 = getelementptr i8, ptr %5, i64 %.1090.i
  br label %B574.if.i

B798.i:                                           ; preds = %B574.if.i, %B214.if.i, %B536.i
  %exitcond338.not.i = icmp eq i64 %own.4, %.344.i
  br i1 %exitcond338.not.i, label %B176.loopexit.i, label %B214.if.i

B178.if.i:                                        ; preds = %B176.loopexit.i, %B178.if.lr.ph.i
  %.150.0335.i = phi i64 [ 0, %B178.if.lr.ph.i ], [ %.222.i, %B176.loopexit.i ]
  %.222.i = add nuw nsw i64 %.150.0335.i, 1
  br i1 %.331330.not.i, label %B176.loopexit.i, label %B214.if.lr.ph.i

B214.if.lr.ph.i:                                  ; preds = %B178.if.i
  %.570.i = mul i64 %.568.i, %.150.0335.i
  %3 = getelementptr float, ptr %own.0, i64 %.570.i
  %.741.i = mul i64 %.150.0335.i, %own.15
  %4 = getelementptr i8, ptr %own.9, i64 %.741.i
  %.1089.i = mul i64 %.150.0335.i, %own.24
  %5 = getelementptr i8, ptr %own.18, i64 %.1089.i
  br label %B214.if.i

B214.if.i:                                        ; preds = %B214.if.lr.ph.i, %B798.i
  %.274.0332.i = phi i64 [ 0, %B214.if.lr.ph.i ], [ %.344.i, %B798.i ]
  %.344.i = add nuw nsw i64 %.274.0332.i, 1
  br i1 %.462321.not.i, label %B798.i, label %B258.if.lr.ph.i

B258.if.lr.ph.i:                                  ; preds = %B214.if.i
  %.572.i = mul i64 %.274.0332.i, %own.5
  %6 = getelementptr float, ptr %3, i64 %.572.i
  %.742.i = mul i64 %.274.0332.i, %own.16
  %7 = getelementptr i8, ptr %4, i64 %.742.i
  br label %B258.if.i

B258.if.i:                                        ; preds = %B258.if.i, %B258.if.lr.ph.i
  %usable.2.2325.i = phi i1 [ true, %B258.if.lr.ph.i ], [ %.605.i, %B258.if.i ]
  %changed.2.2324.i = phi i1 [ false, %B258.if.lr.ph.i ], [ %.754.i, %B258.if.i ]
  %.406.0322.i = phi i64 [ 0, %B258.if.lr.ph.i ], [ %.475.i, %B258.if.i ]
  %.475.i = add nuw nsw i64 %.406.0322.i, 1
  %8 = getelementptr float, ptr %6, i64 %.406.0322.i
  %.577.i = load float, ptr %8, align 4
  %9 = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.577.i)
  %"$phi308.4.2.3.i" = fcmp reassoc nsz arcp contract ole float %9, 1.000000e+06
  %.605.i = and i1 %usable.2.2325.i, %"$phi308.4.2.3.i"
  %.12.i.i = fcmp reassoc nsz arcp contract olt float %.577.i, 0.000000e+00
  %.13.i.i = select i1 %.12.i.i, float 0.000000e+00, float %.577.i
  %.12.i313.i = fcmp reassoc nsz arcp contract ogt float %.13.i.i, 2.550000e+02
  %.13.i314.i = select i1 %.12.i313.i, float 2.550000e+02, float %.13.i.i
  %.673.i = fadd reassoc nsz arcp contract float %.13.i314.i, 5.000000e-01
  %.674.i = fptosi float %.673.i to i32
  %.743.i = mul i64 %.406.0322.i, %own.17
  %.746.i = getelementptr i8, ptr %7, i64 %.743.i
  %.747.i = load i8, ptr %.746.i, align 1
  %.751.i = zext i8 %.747.i to i32
  %.752.i = icmp ne i32 %.674.i, %.751.i
  %.754.i = or i1 %changed.2.2324.i, %.752.i
  %exitcond.not.i = icmp eq i64 %own.5, %.475.i
  br i1 %exitcond.not.i, label %B536.i, label %B258.if.i

B574.if.i:                                        ; preds = %B574.if.i, %B574.if.lr.ph.i
  %.794.0328.i = phi i64 [ 0, %B574.if.lr.ph.i ], [ %.863.i, %B574.if.i ]
  %.863.i = add nuw nsw i64 %.794.0328.i, 1
  %10 = getelementptr float, ptr %6, i64 %.794.0328.i
  %.961.i = load float, ptr %10, align 4
  %.12.i315.i = fcmp reassoc nsz arcp contract olt float %.961.i, 0.000000e+00
  %.13.i316.i = select i1 %.12.i315.i, float 0.000000e+00, float %.961.i
  %.12.i317.i = fcmp reassoc nsz arcp contract ogt float %.13.i316.i, 2.550000e+02
  %.13.i318.i = select i1 %.12.i317.i, float 2.550000e+02, float %.13.i316.i
  %.1023.i = fadd reassoc nsz arcp contract float %.13.i318.i, 5.000000e-01
  %.1024.i = fptosi float %.1023.i to i32
  %.1025.i = trunc i32 %.1024.i to i8
  %.1091.i = mul i64 %.794.0328.i, %own.26
  %.1094.i = getelementptr i8, ptr %2, i64 %.1091.i
  store i8 %.1025.i, ptr %.1094.i, align 1
  %exitcond337.not.i = icmp eq i64 %own.5, %.863.i
  br i1 %exitcond337.not.i, label %B798.i, label %B574.if.i

pixels.write_changed.inner.exit:                  ; preds = %B176.loopexit.i, %0
  ret void
}

define void @points.mix(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load i64, ptr %at.18, align 1
  %at.21 = getelementptr i8, ptr %slots, i64 168
  %own.21 = load ptr, ptr %at.21, align 1
  %at.25 = getelementptr i8, ptr %slots, i64 200
  %own.25 = load i64, ptr %at.25, align 1
  %.180303.not.i = icmp slt i64 %own.10, 1
  br i1 %.180303.not.i, label %points.mix.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %.325295.not.i = icmp slt i64 %own.11, 1
  br label %B56.if.i

B338.i:                                           ; preds = %B160.if.i, %B56.if.i
  %x.2.1.lcssa.i = phi float [ 0.000000e+00, %B56.if.i ], [ %.527.i, %B160.if.i ]
  %y.2.1.lcssa.i = phi float [ 0.000000e+00, %B56.if.i ], [ %.584.i, %B160.if.i ]
  %z.2.1.lcssa.i = phi float [ 0.000000e+00, %B56.if.i ], [ %.641.i, %B160.if.i ]
  %.699.i = mul i64 %.122.0304.i, %own.25
  %.703.i = getelementptr float, ptr %own.21, i64 %.699.i
  store float %x.2.1.lcssa.i, ptr %.703.i, align 4
  %.761.i = getelementptr i8, ptr %.703.i, i64 4
  store float %y.2.1.lcssa.i, ptr %.761.i, align 4
  %.821.i = getelementptr i8, ptr %.703.i, i64 8
  store float %z.2.1.lcssa.i, ptr %.821.i, align 4
  %exitcond306.not.i = icmp eq i64 %.193.i, %own.10
  br i1 %exitcond306.not.i, label %points.mix.inner.exit, label %B56.if.i

B56.if.i:                                         ; preds = %B338.i, %B56.if.lr.ph.i
  %.122.0304.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.193.i, %B338.i ]
  %.193.i = add nuw nsw i64 %.122.0304.i, 1
  br i1 %.325295.not.i, label %B338.i, label %B160.if.lr.ph.i

B160.if.lr.ph.i:                                  ; preds = %B56.if.i
  %.410.i = mul i64 %.122.0304.i, %own.11
  %1 = getelementptr i32, ptr %own.7, i64 %.410.i
  %.465.i = mul i64 %.122.0304.i, %own.18
  %2 = getelementptr float, ptr %own.14, i64 %.465.i
  br label %B160.if.i

B160.if.i:                                        ; preds = %B160.if.i, %B160.if.lr.ph.i
  %z.2.1300.i = phi float [ 0.000000e+00, %B160.if.lr.ph.i ], [ %.641.i, %B160.if.i ]
  %y.2.1299.i = phi float [ 0.000000e+00, %B160.if.lr.ph.i ], [ %.584.i, %B160.if.i ]
  %x.2.1298.i = phi float [ 0.000000e+00, %B160.if.lr.ph.i ], [ %.527.i, %B160.if.i ]
  %.269.0296.i = phi i64 [ 0, %B160.if.lr.ph.i ], [ %.338.i, %B160.if.i ]
  %.338.i = add nuw nsw i64 %.269.0296.i, 1
  %3 = getelementptr i32, ptr %1, i64 %.269.0296.i
  %.415.i = load i32, ptr %3, align 4
  %4 = getelementptr float, ptr %2, i64 %.269.0296.i
  %.470.i = load float, ptr %4, align 4
  %.478.i = zext i32 %.415.i to i64
  %.519.i = mul i64 %own.4, %.478.i
  %.523.i = getelementptr float, ptr %own.0, i64 %.519.i
  %.524.i = load float, ptr %.523.i, align 4
  %.525.i = fmul reassoc nsz arcp contract float %.524.i, %.470.i
  %.527.i = fadd reassoc nsz arcp contract float %.525.i, %x.2.1298.i
  %.580.i = getelementptr i8, ptr %.523.i, i64 4
  %.581.i = load float, ptr %.580.i, align 4
  %.582.i = fmul reassoc nsz arcp contract float %.581.i, %.470.i
  %.584.i = fadd reassoc nsz arcp contract float %.582.i, %y.2.1299.i
  %.637.i = getelementptr i8, ptr %.523.i, i64 8
  %.638.i = load float, ptr %.637.i, align 4
  %.639.i = fmul reassoc nsz arcp contract float %.638.i, %.470.i
  %.641.i = fadd reassoc nsz arcp contract float %.639.i, %z.2.1300.i
  %exitcond.not.i = icmp eq i64 %own.11, %.338.i
  br i1 %exitcond.not.i, label %B338.i, label %B160.if.i

points.mix.inner.exit:                            ; preds = %B338.i, %0
  ret void
}

define void @points._bounds(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load ptr, ptr %at.19, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load i64, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load ptr, ptr %at.26, align 1
  %.214338.not.i = icmp slt i64 %own.17, 1
  br i1 %.214338.not.i, label %points._bounds.inner.exit, label %B96.if.i

B286.i:                                           ; preds = %B96.if.i
  %.518.i = fsub reassoc nsz arcp contract float %.503.i, %.393.i
  %.519.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.518.i)
  %.520.i = fcmp reassoc nsz arcp contract ugt float %.519.i, 0x3F50624DE0000000
  br i1 %.520.i, label %B342.i, label %B681.i

B342.i:                                           ; preds = %B96.if.i, %B286.i
  store i32 1, ptr %own.26, align 4
  %.587.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.451.i)
  %.589.i = fcmp reassoc nsz arcp contract olt float %.587.i, 1.000000e+09
  %.592.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.503.i)
  %.594.i = fcmp reassoc nsz arcp contract olt float %.592.i, 1.000000e+09
  %or.cond.i = select i1 %.589.i, i1 %.594.i, i1 false
  br i1 %or.cond.i, label %B540.i, label %points._bounds.inner.exit

B540.i:                                           ; preds = %B342.i
  %.16.i.i = fcmp reassoc nsz arcp contract olt float %.341.i, %left.3.0341.i
  %.17.i.i = select i1 %.16.i.i, float %.341.i, float %left.3.0341.i
  %.18.i.i = fcmp reassoc nsz arcp contract olt float %.451.i, %.17.i.i
  %.19.i.i = select i1 %.18.i.i, float %.451.i, float %.17.i.i
  %.16.i326.i = fcmp reassoc nsz arcp contract ogt float %.341.i, %right.3.0343.i
  %.17.i327.i = select i1 %.16.i326.i, float %.341.i, float %right.3.0343.i
  %.18.i328.i = fcmp reassoc nsz arcp contract ogt float %.451.i, %.17.i327.i
  %.19.i329.i = select i1 %.18.i328.i, float %.451.i, float %.17.i327.i
  %.16.i330.i = fcmp reassoc nsz arcp contract olt float %.393.i, %top.3.0342.i
  %.17.i331.i = select i1 %.16.i330.i, float %.393.i, float %top.3.0342.i
  %.18.i332.i = fcmp reassoc nsz arcp contract olt float %.503.i, %.17.i331.i
  %.19.i333.i = select i1 %.18.i332.i, float %.503.i, float %.17.i331.i
  %.16.i334.i = fcmp reassoc nsz arcp contract ogt float %.393.i, %bottom.3.0344.i
  %.17.i335.i = select i1 %.16.i334.i, float %.393.i, float %bottom.3.0344.i
  %.18.i336.i = fcmp reassoc nsz arcp contract ogt float %.503.i, %.17.i335.i
  %.19.i337.i = select i1 %.18.i336.i, float %.503.i, float %.17.i335.i
  br label %B681.i

B681.i:                                           ; preds = %B540.i, %B286.i
  %left.4.1.i = phi float [ %.19.i.i, %B540.i ], [ %left.3.0341.i, %B286.i ]
  %top.4.1.i = phi float [ %.19.i333.i, %B540.i ], [ %top.3.0342.i, %B286.i ]
  %right.4.1.i = phi float [ %.19.i329.i, %B540.i ], [ %right.3.0343.i, %B286.i ]
  %bottom.4.1.i = phi float [ %.19.i337.i, %B540.i ], [ %bottom.3.0344.i, %B286.i ]
  %exitcond.not.i = icmp eq i64 %own.17, %.227.i
  br i1 %exitcond.not.i, label %points._bounds.inner.exit, label %B96.if.i

B96.if.i:                                         ; preds = %0, %B681.i
  %bottom.3.0344.i = phi float [ %bottom.4.1.i, %B681.i ], [ 0xC6293E5940000000, %0 ]
  %right.3.0343.i = phi float [ %right.4.1.i, %B681.i ], [ 0xC6293E5940000000, %0 ]
  %top.3.0342.i = phi float [ %top.4.1.i, %B681.i ], [ 0x46293E5940000000, %0 ]
  %left.3.0341.i = phi float [ %left.4.1.i, %B681.i ], [ 0x46293E5940000000, %0 ]
  %.139.0340.i = phi i64 [ %.227.i, %B681.i ], [ 0, %0 ]
  %.227.i = add nuw nsw i64 %.139.0340.i, 1
  %1 = getelementptr i32, ptr %own.14, i64 %.139.0340.i
  %.289.i = load i32, ptr %1, align 4
  %.295.i = zext i32 %.289.i to i64
  %.336.i = mul i64 %own.4, %.295.i
  %.340.i = getelementptr float, ptr %own.0, i64 %.336.i
  %.341.i = load float, ptr %.340.i, align 4
  %.392.i = getelementptr i8, ptr %.340.i, i64 4
  %.393.i = load float, ptr %.392.i, align 4
  %.446.i = mul i64 %own.11, %.295.i
  %.450.i = getelementptr float, ptr %own.7, i64 %.446.i
  %.451.i = load float, ptr %.450.i, align 4
  %.502.i = getelementptr i8, ptr %.450.i, i64 4
  %.503.i = load float, ptr %.502.i, align 4
  %.512.i = fsub reassoc nsz arcp contract float %.451.i, %.341.i
  %.513.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.512.i)
  %.514.i = fcmp reassoc nsz arcp contract ugt float %.513.i, 0x3F50624DE0000000
  br i1 %.514.i, label %B342.i, label %B286.i

points._bounds.inner.exit:                        ; preds = %B342.i, %B681.i, %0
  %left.5.1.i = phi float [ 0x46293E5940000000, %0 ], [ 0x7FF0000000000000, %B342.i ], [ %left.4.1.i, %B681.i ]
  %top.5.1.i = phi float [ 0x46293E5940000000, %0 ], [ 0x46293E5940000000, %B342.i ], [ %top.4.1.i, %B681.i ]
  %right.5.1.i = phi float [ 0xC6293E5940000000, %0 ], [ 0x46293E5940000000, %B342.i ], [ %right.4.1.i, %B681.i ]
  %bottom.5.1.i = phi float [ 0xC6293E5940000000, %0 ], [ 0x46293E5940000000, %B342.i ], [ %bottom.4.1.i, %B681.i ]
  store float %left.5.1.i, ptr %own.19, align 4
  %.1011.i = getelementptr i8, ptr %own.19, i64 4
  store float %top.5.1.i, ptr %.1011.i, align 4
  %.1065.i = getelementptr float, ptr %own.19, i64 %own.23
  store float %right.5.1.i, ptr %.1065.i, align 4
  %.1121.i = getelementptr i8, ptr %.1065.i, i64 4
  store float %bottom.5.1.i, ptr %.1121.i, align 4
  ret void
}

define void @points.project(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load i64, ptr %at.18, align 1
  %at.21 = getelementptr i8, ptr %slots, i64 168
  %own.21 = load ptr, ptr %at.21, align 1
  %at.27 = getelementptr i8, ptr %slots, i64 216
  %own.27 = load float, ptr %at.27, align 1
  %at.28 = getelementptr i8, ptr %slots, i64 224
  %own.28 = load ptr, ptr %at.28, align 1
  %at.33 = getelementptr i8, ptr %slots, i64 264
  %own.33 = load ptr, ptr %at.33, align 1
  %at.37 = getelementptr i8, ptr %slots, i64 296
  %own.37 = load i64, ptr %at.37, align 1
  %at.40 = getelementptr i8, ptr %slots, i64 320
  %own.40 = load ptr, ptr %at.40, align 1
  %at.45 = getelementptr i8, ptr %slots, i64 360
  %own.45 = load ptr, ptr %at.45, align 1
  %at.49 = getelementptr i8, ptr %slots, i64 392
  %own.49 = load i64, ptr %at.49, align 1
  %.248557.not.i = icmp slt i64 %own.3, 1
  br i1 %.248557.not.i, label %points.project.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load float, ptr %at.26, align 1
  %.818.i = fmul reassoc nsz arcp contract float %own.26, %own.27
  %.995.i = getelementptr i8, ptr %own.28, i64 4
  br label %B56.if.i

B248.i:                                           ; preds = %B150.if.i
  %.261.i = add nuw nsw i64 %.190.0558.i, 1
  %.872.i = getelementptr i8, ptr %5, i64 8
  %.873.i = load float, ptr %.872.i, align 4
  %.875.i = fsub reassoc nsz arcp contract float %own.27, %.873.i
  %.879.i = fdiv reassoc nsz arcp contract float %.818.i, %.875.i
  %.934.i = load float, ptr %5, align 4
  %.935.i = fmul reassoc nsz arcp contract float %.879.i, %.934.i
  %.965.i = load float, ptr %own.28, align 4
  %.966.i = fadd reassoc nsz arcp contract float %.935.i, %.965.i
  %.996.i = load float, ptr %.995.i, align 4
  %.1050.i = getelementptr i8, ptr %5, i64 4
  %.1051.i = load float, ptr %.1050.i, align 4
  %.1103.i = mul i64 %.190.0558.i, %own.18
  %.1107.i = getelementptr float, ptr %own.14, i64 %.1103.i
  %.1108.i = load float, ptr %.1107.i, align 4
  %1 = getelementptr float, ptr %own.21, i64 %.190.0558.i
  %.1139.i = load float, ptr %1, align 4
  %.1195.i = fsub reassoc nsz arcp contract float %.966.i, %.1108.i
  %.1196.i = fmul reassoc nsz arcp contract float %.1139.i, %.1195.i
  %.1197.i = fadd reassoc nsz arcp contract float %.1196.i, %.1108.i
  %.1247.i = mul i64 %.190.0558.i, %own.37
  %.1251.i = getelementptr float, ptr %own.33, i64 %.1247.i
  store float %.1197.i, ptr %.1251.i, align 4
  %.1306.i = getelementptr i8, ptr %.1107.i, i64 4
  %.1307.i = load float, ptr %.1306.i, align 4
  %.1338.i = load float, ptr %1, align 4
  %2 = fmul reassoc nsz arcp contract float %.879.i, %.1051.i
  %3 = fadd reassoc nsz arcp contract float %2, %.1307.i
  %.1394.i = fsub reassoc nsz arcp contract float %.996.i, %3
  %.1395.i = fmul reassoc nsz arcp contract float %.1338.i, %.1394.i
  %.1396.i = fadd reassoc nsz arcp contract float %.1395.i, %.1307.i
  %.1450.i = getelementptr i8, ptr %.1251.i, i64 4
  store float %.1396.i, ptr %.1450.i, align 4
  %.1506.i = load float, ptr %.872.i, align 4
  %4 = getelementptr float, ptr %own.40, i64 %.190.0558.i
  store float %.1506.i, ptr %4, align 4
  %exitcond560.not.i = icmp eq i64 %.261.i, %own.3
  br i1 %exitcond560.not.i, label %points.project.inner.exit, label %B56.if.i

B56.if.i:                                         ; preds = %B248.i, %B56.if.lr.ph.i
  %.190.0558.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.261.i, %B248.i ]
  %.338.i = mul i64 %.190.0558.i, %own.4
  %.342.i = getelementptr float, ptr %own.0, i64 %.338.i
  %.343.i = load float, ptr %.342.i, align 4
  %.397.i = getelementptr i8, ptr %.342.i, i64 4
  %.398.i = load float, ptr %.397.i, align 4
  %.452.i = getelementptr i8, ptr %.342.i, i64 8
  %.453.i = load float, ptr %.452.i, align 4
  %.797.i = mul i64 %.190.0558.i, %own.49
  %5 = getelementptr float, ptr %own.45, i64 %.797.i
  br label %B150.if.i

B150.if.i:                                        ; preds = %B150.if.i, %B56.if.i
  %.486.0555.i = phi i64 [ 0, %B56.if.i ], [ %.555.i, %B150.if.i ]
  %.555.i = add nuw nsw i64 %.486.0555.i, 1
  %.628.i = mul i64 %.486.0555.i, %own.11
  %.632.i = getelementptr float, ptr %own.7, i64 %.628.i
  %.633.i = load float, ptr %.632.i, align 4
  %.635.i = fmul reassoc nsz arcp contract float %.633.i, %.343.i
  %.688.i = getelementptr i8, ptr %.632.i, i64 4
  %.689.i = load float, ptr %.688.i, align 4
  %.691.i = fmul reassoc nsz arcp contract float %.689.i, %.398.i
  %.692.i = fadd reassoc nsz arcp contract float %.691.i, %.635.i
  %.745.i = getelementptr i8, ptr %.632.i, i64 8
  %.746.i = load float, ptr %.745.i, align 4
  %.748.i = fmul reassoc nsz arcp contract float %.746.i, %.453.i
  %.749.i = fadd reassoc nsz arcp contract float %.692.i, %.748.i
  %6 = getelementptr float, ptr %5, i64 %.486.0555.i
  store float %.749.i, ptr %6, align 4
  %exitcond.not.i = icmp eq i64 %.555.i, 3
  br i1 %exitcond.not.i, label %B248.i, label %B150.if.i

points.project.inner.exit:                        ; preds = %B248.i, %0
  ret void
}

define void @points._nearest(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load ptr, ptr %at.19, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load i64, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load ptr, ptr %at.26, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load i64, ptr %at.30, align 1
  %.231715.not.i = icmp slt i64 %own.10, 1
  br i1 %.231715.not.i, label %points._nearest.inner.exit, label %B110.if.lr.ph.i

B110.if.lr.ph.i:                                  ; preds = %0
  %.818.i = add nsw i64 %own.23, -1
  %.848.i = tail call i64 @llvm.smin.i64(i64 %own.23, i64 0)
  %.945.i = add i64 %own.4, -1
  %spec.select701.i = tail call i64 @llvm.smax.i64(i64 %.945.i, i64 0)
  %.988706.not.i = icmp slt i64 %.945.i, 1
  %.1233.i = icmp sgt i64 %own.23, 1
  br label %B110.if.i

B152.loopexit.i:                                  ; preds = %B546.i
  %.352.i = icmp slt i64 %6, %own.3
  %.363.i = icmp sgt i64 %4, -1
  %or.cond662.i = select i1 %.352.i, i1 true, i1 %.363.i
  br i1 %or.cond662.i, label %B178.i.backedge, label %B818.i

B178.i:                                           ; preds = %B178.i.backedge, %B178.preheader.lr.ph.i
  %before.3.2.i = phi i64 [ %.334.i, %B178.preheader.lr.ph.i ], [ %4, %B178.i.backedge ]
  %after.3.2.i = phi i64 [ %.302.i, %B178.preheader.lr.ph.i ], [ %6, %B178.i.backedge ]
  %.373.i = icmp slt i64 %after.3.2.i, %own.3
  br i1 %.373.i, label %B190.i, label %.thread688.i

.thread688.i:                                     ; preds = %B178.i
  %.662683.i = add nsw i64 %before.3.2.i, -1
  br label %3

B190.i:                                           ; preds = %B178.i
  %.379.i = icmp slt i64 %before.3.2.i, 0
  br i1 %.379.i, label %.thread695.i, label %B288.i

.thread695.i:                                     ; preds = %B190.i
  %.637673.i = add nsw i64 %after.3.2.i, 1
  br label %3

B288.i:                                           ; preds = %B190.i
  %.410.i = icmp slt i64 %after.3.2.i, 0
  %.411.i = select i1 %.410.i, i64 %own.3, i64 0
  %.412.i = add i64 %.411.i, %after.3.2.i
  %.432.i = mul i64 %.412.i, %own.4
  %.436.i = getelementptr double, ptr %own.0, i64 %.432.i
  %.437.i = load double, ptr %.436.i, align 8
  %.492.i = load double, ptr %.810.i, align 8
  %.493.i = fsub reassoc nsz arcp contract double %.437.i, %.492.i
  %.598.i = mul i64 %before.3.2.i, %own.4
  %.602.i = getelementptr double, ptr %own.0, i64 %.598.i
  %.603.i = load double, ptr %.602.i, align 8
  %.604.i = fsub reassoc nsz arcp contract double %.492.i, %.603.i
  %.605.i = fcmp reassoc nsz arcp contract ole double %.493.i, %.604.i
  %cond.fr664.i = freeze i1 %.605.i
  br i1 %cond.fr664.i, label %1, label %2

1:                                                ; preds = %B288.i
  %.637685.i = add nsw i64 %after.3.2.i, 1
  br label %3

2:                                                ; preds = %B288.i
  %.662.i = add nsw i64 %before.3.2.i, -1
  br label %3

3:                                                ; preds = %2, %1, %.thread695.i, %.thread688.i
  %4 = phi i64 [ %before.3.2.i, %.thread695.i ], [ %.662.i, %2 ], [ %.662683.i, %.thread688.i ], [ %before.3.2.i, %1 ]
  %5 = phi i64 [ %after.3.2.i, %.thread695.i ], [ %before.3.2.i, %2 ], [ %before.3.2.i, %.thread688.i ], [ %after.3.2.i, %1 ]
  %6 = phi i64 [ %.637673.i, %.thread695.i ], [ %after.3.2.i, %2 ], [ %after.3.2.i, %.thread688.i ], [ %.637685.i, %1 ]
  %.729.i = icmp slt i64 %5, 0
  %.730.i = select i1 %.729.i, i64 %own.3, i64 0
  %.731.i = add i64 %.730.i, %5
  %.751.i = mul i64 %.731.i, %own.4
  %.755.i = getelementptr double, ptr %own.0, i64 %.751.i
  %.756.i = load double, ptr %.755.i, align 8
  %.811.i = load double, ptr %.810.i, align 8
  %.812.i = fsub reassoc nsz arcp contract double %.756.i, %.811.i
  %.813.i = fmul reassoc nsz arcp contract double %.812.i, %.812.i
  %.871.i = load double, ptr %.870.i, align 8
  %.875.i = fcmp reassoc nsz arcp contract olt double %.813.i, %.871.i
  br i1 %.875.i, label %B428.i, label %B818.i

B428.i:                                           ; preds = %3
  br i1 %.988706.not.i, label %B546.i, label %B482.if.i

B546.i:                                           ; preds = %B482.if.i, %B428.i
  %square.2.4.lcssa.i = phi double [ %.813.i, %B428.i ], [ %.1139.i, %B482.if.i ]
  %.1209.i = fcmp reassoc nsz arcp contract olt double %square.2.4.lcssa.i, %.871.i
  br i1 %.1209.i, label %B586.i, label %B152.loopexit.i

B586.i:                                           ; preds = %B546.i
  br i1 %.1233.i, label %B598.i, label %B760.i

B598.i:                                           ; preds = %B586.i
  %.1298.i = load double, ptr %.1297.i, align 8
  %.1302.i = fcmp reassoc nsz arcp contract olt double %square.2.4.lcssa.i, %.1298.i
  br i1 %.1302.i, label %B632.i, label %B760.i

B632.i:                                           ; preds = %B598.i, %B726.i
  %rank.2.5.i = phi i64 [ %.1308.i, %B726.i ], [ %.818.i, %B598.i ]
  %.1308.i = add nsw i64 %rank.2.5.i, -1
  %.1360.i = getelementptr double, ptr %10, i64 %.1308.i
  %.1361.i = load double, ptr %.1360.i, align 8
  %.1416.i = getelementptr double, ptr %10, i64 %rank.2.5.i
  store double %.1361.i, ptr %.1416.i, align 8
  %.1473.i = getelementptr i64, ptr %13, i64 %.1308.i
  %.1474.i = load i64, ptr %.1473.i, align 8
  %.1529.i = getelementptr i64, ptr %13, i64 %rank.2.5.i
  store i64 %.1474.i, ptr %.1529.i, align 8
  %.1544.i = icmp sgt i64 %rank.2.5.i, 1
  br i1 %.1544.i, label %B726.i, label %B760.i

B726.i:                                           ; preds = %B632.i
  %.1607.i = getelementptr i8, ptr %.1416.i, i64 -16
  %.1608.i = load double, ptr %.1607.i, align 8
  %.1612.i = fcmp reassoc nsz arcp contract olt double %square.2.4.lcssa.i, %.1608.i
  br i1 %.1612.i, label %B632.i, label %B760.i

B760.i:                                           ; preds = %B726.i, %B632.i, %B598.i, %B586.i
  %rank.3.4.i = phi i64 [ %.818.i, %B598.i ], [ %.818.i, %B586.i ], [ 0, %B632.i ], [ %.1308.i, %B726.i ]
  %.1655.i = icmp slt i64 %rank.3.4.i, 0
  %.1656.i = select i1 %.1655.i, i64 %own.23, i64 0
  %7 = getelementptr double, ptr %10, i64 %rank.3.4.i
  %.1678.i = getelementptr double, ptr %7, i64 %.1656.i
  store double %square.2.4.lcssa.i, ptr %.1678.i, align 8
  %.1717.i = select i1 %.1655.i, i64 %own.30, i64 0
  %8 = getelementptr i64, ptr %13, i64 %rank.3.4.i
  %.1739.i = getelementptr i64, ptr %8, i64 %.1717.i
  store i64 %5, ptr %.1739.i, align 8
  %.1747.i = icmp slt i64 %6, %own.3
  %.1750.i = icmp sgt i64 %4, -1
  %or.cond.i = select i1 %.1747.i, i1 true, i1 %.1750.i
  br i1 %or.cond.i, label %B178.i.backedge, label %B818.i

B178.i.backedge:                                  ; preds = %B760.i, %B152.loopexit.i
  br label %B178.i

B818.i:                                           ; preds = %B152.loopexit.i, %B760.i, %3, %B110.if.i
  %exitcond722.not.i = icmp eq i64 %.244.i, %own.10
  br i1 %exitcond722.not.i, label %points._nearest.inner.exit, label %B110.if.i

B110.if.i:                                        ; preds = %B818.i, %B110.if.lr.ph.i
  %.172.0716.i = phi i64 [ 0, %B110.if.lr.ph.i ], [ %.244.i, %B818.i ]
  %.244.i = add nuw nsw i64 %.172.0716.i, 1
  %9 = getelementptr i64, ptr %own.14, i64 %.172.0716.i
  %.302.i = load i64, ptr %9, align 8
  %.352710.i = icmp slt i64 %.302.i, %own.3
  %.363711.i = icmp sgt i64 %.302.i, 0
  %or.cond662712.i = or i1 %.352710.i, %.363711.i
  br i1 %or.cond662712.i, label %B178.preheader.lr.ph.i, label %B818.i

B178.preheader.lr.ph.i:                           ; preds = %B110.if.i
  %.334.i = add nsw i64 %.302.i, -1
  %.806.i = mul i64 %.172.0716.i, %own.11
  %.810.i = getelementptr double, ptr %own.7, i64 %.806.i
  %.866.i = mul i64 %.172.0716.i, %own.23
  %10 = getelementptr double, ptr %own.19, i64 %.866.i
  %11 = getelementptr double, ptr %10, i64 %.818.i
  %.870.i = getelementptr double, ptr %11, i64 %.848.i
  %12 = getelementptr double, ptr %10, i64 %own.23
  %.1297.i = getelementptr i8, ptr %12, i64 -16
  %.1469.i = mul i64 %.172.0716.i, %own.30
  %13 = getelementptr i64, ptr %own.26, i64 %.1469.i
  br label %B178.i

B482.if.i:                                        ; preds = %B428.i, %B482.if.i
  %square.2.4709.i = phi double [ %.1139.i, %B482.if.i ], [ %.813.i, %B428.i ]
  %.932.0707.i = phi i64 [ %.1001.i, %B482.if.i ], [ 1, %B428.i ]
  %.1001.i = add nuw i64 %.932.0707.i, 1
  %14 = getelementptr double, ptr %.755.i, i64 %.932.0707.i
  %.1078.i = load double, ptr %14, align 8
  %15 = getelementptr double, ptr %.810.i, i64 %.932.0707.i
  %.1133.i = load double, ptr %15, align 8
  %.1136.i = fsub reassoc nsz arcp contract double %.1078.i, %.1133.i
  %.1137.i = fmul reassoc nsz arcp contract double %.1136.i, %.1136.i
  %.1139.i = fadd reassoc nsz arcp contract double %.1137.i, %square.2.4709.i
  %exitcond.not.i = icmp eq i64 %.932.0707.i, %spec.select701.i
  br i1 %exitcond.not.i, label %B546.i, label %B482.if.i

points._nearest.inner.exit:                       ; preds = %B818.i, %0
  ret void
}

define void @points._add_pairs(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load i64, ptr %at.18, align 1
  %.160230.not.i = icmp slt i64 %own.3, 1
  br i1 %.160230.not.i, label %points._add_pairs.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %.406227.not.i = icmp slt i64 %own.11, 1
  br label %B56.if.i

B56.loopexit.i:                                   ; preds = %B152.if.i, %B56.if.i
  %exitcond233.not.i = icmp eq i64 %.173.i, %own.3
  br i1 %exitcond233.not.i, label %points._add_pairs.inner.exit, label %B56.if.i

B56.if.i:                                         ; preds = %B56.loopexit.i, %B56.if.lr.ph.i
  %.102.0231.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.173.i, %B56.loopexit.i ]
  %.173.i = add nuw nsw i64 %.102.0231.i, 1
  br i1 %.406227.not.i, label %B56.loopexit.i, label %B152.if.lr.ph.i

B152.if.lr.ph.i:                                  ; preds = %B56.if.i
  %.246.i = mul i64 %.102.0231.i, %own.4
  %.250.i = getelementptr i64, ptr %own.0, i64 %.246.i
  %.304.i = getelementptr i8, ptr %.250.i, i64 8
  %.305.i = load i64, ptr %.304.i, align 8
  %.251.i = load i64, ptr %.250.i, align 8
  %.469.i = icmp slt i64 %.251.i, 0
  %.470.i = select i1 %.469.i, i64 %own.17, i64 0
  %.471.i = add i64 %.470.i, %.251.i
  %.491.i = mul i64 %.471.i, %own.18
  %1 = getelementptr double, ptr %own.14, i64 %.491.i
  %.522.i = icmp slt i64 %.305.i, 0
  %.523.i = select i1 %.522.i, i64 %own.10, i64 0
  %.524.i = add i64 %.523.i, %.305.i
  %.544.i = mul i64 %.524.i, %own.11
  %2 = getelementptr double, ptr %own.7, i64 %.544.i
  br label %B152.if.i

B152.if.i:                                        ; preds = %B152.if.i, %B152.if.lr.ph.i
  %.350.0228.i = phi i64 [ 0, %B152.if.lr.ph.i ], [ %.419.i, %B152.if.i ]
  %.419.i = add nuw nsw i64 %.350.0228.i, 1
  %3 = getelementptr double, ptr %1, i64 %.350.0228.i
  %.496.i = load double, ptr %3, align 8
  %4 = getelementptr double, ptr %2, i64 %.350.0228.i
  %.549.i = load double, ptr %4, align 8
  %.552.i = fadd reassoc nsz arcp contract double %.549.i, %.496.i
  store double %.552.i, ptr %3, align 8
  %exitcond.not.i = icmp eq i64 %own.11, %.419.i
  br i1 %exitcond.not.i, label %B56.loopexit.i, label %B152.if.i

points._add_pairs.inner.exit:                     ; preds = %B56.loopexit.i, %0
  ret void
}

define void @raster.fill(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load ptr, ptr %at.19, align 1
  %at.22 = getelementptr i8, ptr %slots, i64 176
  %own.22 = load i64, ptr %at.22, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load i64, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load ptr, ptr %at.26, align 1
  %at.29 = getelementptr i8, ptr %slots, i64 232
  %own.29 = load i64, ptr %at.29, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load i64, ptr %at.30, align 1
  %at.33 = getelementptr i8, ptr %slots, i64 264
  %own.33 = load ptr, ptr %at.33, align 1
  %at.36 = getelementptr i8, ptr %slots, i64 288
  %own.36 = load i64, ptr %at.36, align 1
  %at.37 = getelementptr i8, ptr %slots, i64 296
  %own.37 = load i64, ptr %at.37, align 1
  %at.38 = getelementptr i8, ptr %slots, i64 304
  %own.38 = load i64, ptr %at.38, align 1
  %.247616.not.i = icmp slt i64 %own.3, 1
  br i1 %.247616.not.i, label %raster.fill.inner.exit, label %B78.if.lr.ph.i

B78.if.lr.ph.i:                                   ; preds = %0
  %.978.i = add nsw i64 %own.23, -1
  %.981.i = sitofp i64 %.978.i to double
  %.990.i = add nsw i64 %own.22, -1
  %.993.i = sitofp i64 %.990.i to double
  %.2075.i = mul i64 %own.38, %own.37
  br label %B78.if.i

B662.i:                                           ; preds = %B78.if.i
  %.16.i.i = fcmp reassoc nsz arcp contract olt float %.641.i, %.519.i
  %.17.i.i = select i1 %.16.i.i, float %.641.i, float %.519.i
  %.18.i.i = fcmp reassoc nsz arcp contract olt float %.763.i, %.17.i.i
  %.19.i.i = select i1 %.18.i.i, float %.763.i, float %.17.i.i
  %.980.i = fpext float %.19.i.i to double
  %.982.i = fcmp reassoc nsz arcp contract ugt double %.980.i, %.981.i
  %.987.i = fcmp reassoc nsz arcp contract ult float %.19.i586.i, 0.000000e+00
  %or.cond.i = select i1 %.982.i, i1 true, i1 %.987.i
  br i1 %or.cond.i, label %B1773.i, label %B692.i

B692.i:                                           ; preds = %B662.i
  %.992.i = fpext float %.19.i582.i to double
  %.994.i = fcmp reassoc nsz arcp contract ugt double %.992.i, %.993.i
  br i1 %.994.i, label %B1773.i, label %B714.i

B714.i:                                           ; preds = %B692.i
  %.1027.i = fsub reassoc nsz arcp contract float %.639.i, %.517.i
  %.1030.i = fsub reassoc nsz arcp contract float %.819.i, %.575.i
  %.1031.i = fmul reassoc nsz arcp contract float %.1030.i, %.1027.i
  %.1034.i = fsub reassoc nsz arcp contract float %.697.i, %.575.i
  %.1037.i = fsub reassoc nsz arcp contract float %.761.i, %.517.i
  %.1038.i = fmul reassoc nsz arcp contract float %.1037.i, %.1034.i
  %.1039.i = fsub reassoc nsz arcp contract float %.1031.i, %.1038.i
  %.1044.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1039.i)
  %.1045.i = fpext float %.1044.i to double
  %.1046.i = fcmp reassoc nsz arcp contract ogt double %.1045.i, 1.000000e-09
  br i1 %.1046.i, label %B802.i, label %B1773.i

B802.i:                                           ; preds = %B714.i
  %.9.i.i = fcmp reassoc nsz arcp contract olt double %.980.i, 0.000000e+00
  %.10.i.i = select i1 %.9.i.i, double 0.000000e+00, double %.980.i
  %.1126.le.i = tail call reassoc nsz arcp contract double @llvm.ceil.f64(double %.10.i.i)
  %.5.i.i = fptosi double %.1126.le.i to i64
  %.9.i592.i = fcmp reassoc nsz arcp contract olt double %.992.i, 0.000000e+00
  %.10.i593.i = select i1 %.9.i592.i, double 0.000000e+00, double %.992.i
  %.1264.le.i = tail call reassoc nsz arcp contract double @llvm.ceil.f64(double %.10.i593.i)
  %.5.i594.i = fptosi double %.1264.le.i to i64
  %.8.i595.i = fpext float %.19.i586.i to double
  %.10.i597.i = fcmp reassoc nsz arcp contract olt double %.993.i, %.8.i595.i
  %.11.i598.i = select i1 %.10.i597.i, double %.993.i, double %.8.i595.i
  %.1331.le.i = tail call reassoc nsz arcp contract double @llvm.floor.f64(double %.11.i598.i)
  %.5.i599.i = fptosi double %.1331.le.i to i64
  %reass.sub.i = sub i64 %.5.i599.i, %.5.i594.i
  %.1567613.not.i = icmp ugt i64 %reass.sub.i, 9223372036854775806
  br i1 %.1567613.not.i, label %B1773.i, label %B1354.if.lr.ph.i

B1354.loopexit.i:                                 ; preds = %B1744.i, %B1354.if.i
  %.1567.i = icmp sgt i64 %.1514.0615.i, 1
  br i1 %.1567.i, label %B1354.if.i, label %B1773.i

B1622.i:                                          ; preds = %B1500.if.i
  %.1813.i = fmul reassoc nsz arcp contract double %wa.2.3611.i, %.1812.i
  %.1817.i = fmul reassoc nsz arcp contract double %wb.2.3612.i, %.1816.i
  %.1818.i = fadd reassoc nsz arcp contract double %.1813.i, %.1817.i
  %.1822.i = fmul reassoc nsz arcp contract double %.1794.i, %.1821.i
  %.1825.i = fadd reassoc nsz arcp contract double %.1818.i, %.1822.i
  %.1858.i = icmp slt i64 %.1692.0609.i, 0
  %.1859.i = select i1 %.1858.i, i64 %own.23, i64 0
  %1 = getelementptr float, ptr %6, i64 %.1692.0609.i
  %.1881.i = getelementptr float, ptr %1, i64 %.1859.i
  %.1882.i = load float, ptr %.1881.i, align 4
  %.1886.i = fpext float %.1882.i to double
  %.1887.i = fcmp reassoc nsz arcp contract ogt double %.1825.i, %.1886.i
  br i1 %.1887.i, label %B1684.i, label %B1744.i

B1684.i:                                          ; preds = %B1622.i
  %.1943.i = fptrunc double %.1825.i to float
  store float %.1943.i, ptr %.1881.i, align 4
  %.1980.i = select i1 %.1858.i, i64 %own.30, i64 0
  %2 = getelementptr i32, ptr %7, i64 %.1692.0609.i
  %.2002.i = getelementptr i32, ptr %2, i64 %.1980.i
  store i32 %.2003.i, ptr %.2002.i, align 4
  %.2049.i = select i1 %.1858.i, i64 %own.37, i64 0
  %.2050.i = add i64 %.2049.i, %.1692.0609.i
  %.2079.i = mul i64 %.2050.i, %own.38
  %.2083.i = getelementptr float, ptr %8, i64 %.2079.i
  %.2084.i = fptrunc double %wa.2.3611.i to float
  store float %.2084.i, ptr %.2083.i, align 4
  %.2164.i = getelementptr i8, ptr %.2083.i, i64 4
  %.2165.i = fptrunc double %wb.2.3612.i to float
  store float %.2165.i, ptr %.2164.i, align 4
  br label %B1744.i

B1744.i:                                          ; preds = %B1500.if.i, %B1684.i, %B1622.i
  %.2177.i = fadd reassoc nsz arcp contract double %wa.2.3611.i, %.2176.i
  %.2183.i = fadd reassoc nsz arcp contract double %wb.2.3612.i, %.2182.i
  %.1748.i = icmp sgt i64 %.1695.0610.i, 1
  br i1 %.1748.i, label %B1500.if.i, label %B1354.loopexit.i

B1773.i:                                          ; preds = %B1354.loopexit.i, %B78.if.i, %B802.i, %B714.i, %B692.i, %B662.i
  %exitcond.not.i = icmp eq i64 %.260.i, %own.3
  br i1 %exitcond.not.i, label %raster.fill.inner.exit, label %B78.if.i

B78.if.i:                                         ; preds = %B1773.i, %B78.if.lr.ph.i
  %.188.0618.i = phi i64 [ 0, %B78.if.lr.ph.i ], [ %.260.i, %B1773.i ]
  %.260.i = add nuw nsw i64 %.188.0618.i, 1
  %.337.i = mul i64 %.188.0618.i, %own.4
  %.341.i = getelementptr i32, ptr %own.0, i64 %.337.i
  %.342.i = load i32, ptr %.341.i, align 4
  %.396.i = getelementptr i8, ptr %.341.i, i64 4
  %.397.i = load i32, ptr %.396.i, align 4
  %.451.i = getelementptr i8, ptr %.341.i, i64 8
  %.452.i = load i32, ptr %.451.i, align 4
  %.468.i = sext i32 %.342.i to i64
  %.490.i = icmp slt i32 %.342.i, 0
  %.491.i = select i1 %.490.i, i64 %own.10, i64 0
  %.492.i = add i64 %.491.i, %.468.i
  %.512.i = mul i64 %.492.i, %own.11
  %.516.i = getelementptr float, ptr %own.7, i64 %.512.i
  %.517.i = load float, ptr %.516.i, align 4
  %.519.i = fadd reassoc nsz arcp contract float %.517.i, -5.000000e-01
  %.574.i = getelementptr i8, ptr %.516.i, i64 4
  %.575.i = load float, ptr %.574.i, align 4
  %.577.i = fadd reassoc nsz arcp contract float %.575.i, -5.000000e-01
  %.590.i = sext i32 %.397.i to i64
  %.612.i = icmp slt i32 %.397.i, 0
  %.613.i = select i1 %.612.i, i64 %own.10, i64 0
  %.614.i = add i64 %.613.i, %.590.i
  %.634.i = mul i64 %.614.i, %own.11
  %.638.i = getelementptr float, ptr %own.7, i64 %.634.i
  %.639.i = load float, ptr %.638.i, align 4
  %.641.i = fadd reassoc nsz arcp contract float %.639.i, -5.000000e-01
  %.696.i = getelementptr i8, ptr %.638.i, i64 4
  %.697.i = load float, ptr %.696.i, align 4
  %.699.i = fadd reassoc nsz arcp contract float %.697.i, -5.000000e-01
  %.712.i = sext i32 %.452.i to i64
  %.734.i = icmp slt i32 %.452.i, 0
  %.735.i = select i1 %.734.i, i64 %own.10, i64 0
  %.736.i = add i64 %.735.i, %.712.i
  %.756.i = mul i64 %.736.i, %own.11
  %.760.i = getelementptr float, ptr %own.7, i64 %.756.i
  %.761.i = load float, ptr %.760.i, align 4
  %.763.i = fadd reassoc nsz arcp contract float %.761.i, -5.000000e-01
  %.818.i = getelementptr i8, ptr %.760.i, i64 4
  %.819.i = load float, ptr %.818.i, align 4
  %.821.i = fadd reassoc nsz arcp contract float %.819.i, -5.000000e-01
  %.16.i575.i = fcmp reassoc nsz arcp contract ogt float %.641.i, %.519.i
  %.17.i576.i = select i1 %.16.i575.i, float %.641.i, float %.519.i
  %.18.i577.i = fcmp reassoc nsz arcp contract ogt float %.763.i, %.17.i576.i
  %.19.i578.i = select i1 %.18.i577.i, float %.763.i, float %.17.i576.i
  %.16.i579.i = fcmp reassoc nsz arcp contract olt float %.699.i, %.577.i
  %.17.i580.i = select i1 %.16.i579.i, float %.699.i, float %.577.i
  %.18.i581.i = fcmp reassoc nsz arcp contract olt float %.821.i, %.17.i580.i
  %.19.i582.i = select i1 %.18.i581.i, float %.821.i, float %.17.i580.i
  %.16.i583.i = fcmp reassoc nsz arcp contract ogt float %.699.i, %.577.i
  %.17.i584.i = select i1 %.16.i583.i, float %.699.i, float %.577.i
  %.18.i585.i = fcmp reassoc nsz arcp contract ogt float %.821.i, %.17.i584.i
  %.19.i586.i = select i1 %.18.i585.i, float %.821.i, float %.17.i584.i
  %.975.i = fcmp reassoc nsz arcp contract ult float %.19.i578.i, 0.000000e+00
  br i1 %.975.i, label %B1773.i, label %B662.i

B1354.if.lr.ph.i:                                 ; preds = %B802.i
  %.1524.i = add nuw nsw i64 %reass.sub.i, 1
  %.8.i587.i = fpext float %.19.i578.i to double
  %.10.i589.i = fcmp reassoc nsz arcp contract olt double %.981.i, %.8.i587.i
  %.11.i.i = select i1 %.10.i589.i, double %.981.i, double %.8.i587.i
  %.1193.le.i = tail call reassoc nsz arcp contract double @llvm.floor.f64(double %.11.i.i)
  %.5.i590.i = fptosi double %.1193.le.i to i64
  %invariant.op.i = add i64 %.5.i590.i, 1
  %.1460.i = select i1 %.734.i, i64 %own.17, i64 0
  %3 = getelementptr float, ptr %own.14, i64 %.1460.i
  %.1474.i = getelementptr float, ptr %3, i64 %.712.i
  %.1475.i = load float, ptr %.1474.i, align 4
  %.1426.i = select i1 %.612.i, i64 %own.17, i64 0
  %4 = getelementptr float, ptr %own.14, i64 %.1426.i
  %.1440.i = getelementptr float, ptr %4, i64 %.590.i
  %.1441.i = load float, ptr %.1440.i, align 4
  %.1392.i = select i1 %.490.i, i64 %own.17, i64 0
  %5 = getelementptr float, ptr %own.14, i64 %.1392.i
  %.1406.i = getelementptr float, ptr %5, i64 %.468.i
  %.1407.i = load float, ptr %.1406.i, align 4
  %.1084.i = fdiv reassoc nsz arcp contract float 1.000000e+00, %.1039.i
  %.1369.i = fmul reassoc nsz arcp contract float %.1084.i, %.1030.i
  %.1362.i = fsub reassoc nsz arcp contract float %.697.i, %.819.i
  %.1364.i = fmul reassoc nsz arcp contract float %.1084.i, %.1362.i
  %.1610.i = fpext float %.641.i to double
  %.1611.i = sitofp i64 %.5.i.i to double
  %.1612.i = fsub reassoc nsz arcp contract double %.1610.i, %.1611.i
  %.1615.i = fpext float %.821.i to double
  %.1621.i = fpext float %.699.i to double
  %.1626.i = fpext float %.763.i to double
  %.1628.i = fsub reassoc nsz arcp contract double %.1626.i, %.1611.i
  %.1632.i = fpext float %.1084.i to double
  %.1644.i = fpext float %.577.i to double
  %.1655.i = fpext float %.519.i to double
  %.1657.i = fsub reassoc nsz arcp contract double %.1655.i, %.1611.i
  %.1705.reass.i = sub i64 %invariant.op.i, %.5.i.i
  %spec.select603.i = tail call i64 @llvm.smax.i64(i64 %.1705.reass.i, i64 0)
  %.1748608.not.i = icmp slt i64 %.1705.reass.i, 1
  %.1812.i = fpext float %.1407.i to double
  %.1816.i = fpext float %.1441.i to double
  %.1821.i = fpext float %.1475.i to double
  %.2003.i = trunc i64 %.188.0618.i to i32
  %.2176.i = fpext float %.1364.i to double
  %.2182.i = fpext float %.1369.i to double
  br label %B1354.if.i

B1354.if.i:                                       ; preds = %B1354.if.lr.ph.i, %B1354.loopexit.i
  %.1514.0615.i = phi i64 [ %.1524.i, %B1354.if.lr.ph.i ], [ %.1576.i, %B1354.loopexit.i ]
  %.1511.0614.i = phi i64 [ %.5.i594.i, %B1354.if.lr.ph.i ], [ %.1580.i, %B1354.loopexit.i ]
  %.1576.i = add nsw i64 %.1514.0615.i, -1
  %.1580.i = add i64 %.1511.0614.i, 1
  br i1 %.1748608.not.i, label %B1354.loopexit.i, label %B1500.if.lr.ph.i

B1500.if.lr.ph.i:                                 ; preds = %B1354.if.i
  %.1616.i = sitofp i64 %.1511.0614.i to double
  %.1646.i = fsub reassoc nsz arcp contract double %.1644.i, %.1616.i
  %.1647.i = fmul reassoc nsz arcp contract double %.1646.i, %.1628.i
  %.1617.i = fsub reassoc nsz arcp contract double %.1615.i, %.1616.i
  %.1658.i = fmul reassoc nsz arcp contract double %.1617.i, %.1657.i
  %.1659.i = fsub reassoc nsz arcp contract double %.1647.i, %.1658.i
  %.1662.i = fmul reassoc nsz arcp contract double %.1659.i, %.1632.i
  %.1618.i = fmul reassoc nsz arcp contract double %.1617.i, %.1612.i
  %.1623.i = fsub reassoc nsz arcp contract double %.1621.i, %.1616.i
  %.1629.i = fmul reassoc nsz arcp contract double %.1623.i, %.1628.i
  %.1630.i = fsub reassoc nsz arcp contract double %.1618.i, %.1629.i
  %.1633.i = fmul reassoc nsz arcp contract double %.1630.i, %.1632.i
  %.1855.i = icmp slt i64 %.1511.0614.i, 0
  %.1856.i = select i1 %.1855.i, i64 %own.22, i64 0
  %.1857.i = add i64 %.1856.i, %.1511.0614.i
  %.1877.i = mul i64 %.1857.i, %own.23
  %6 = getelementptr float, ptr %own.19, i64 %.1877.i
  %.1977.i = select i1 %.1855.i, i64 %own.29, i64 0
  %.1978.i = add i64 %.1977.i, %.1511.0614.i
  %.1998.i = mul i64 %.1978.i, %own.30
  %7 = getelementptr i32, ptr %own.26, i64 %.1998.i
  %.2046.i = select i1 %.1855.i, i64 %own.36, i64 0
  %.2047.i = add i64 %.2046.i, %.1511.0614.i
  %.2077.i = mul i64 %.2075.i, %.2047.i
  %8 = getelementptr float, ptr %own.33, i64 %.2077.i
  br label %B1500.if.i

B1500.if.i:                                       ; preds = %B1500.if.lr.ph.i, %B1744.i
  %wb.2.3612.i = phi double [ %.1662.i, %B1500.if.lr.ph.i ], [ %.2183.i, %B1744.i ]
  %wa.2.3611.i = phi double [ %.1633.i, %B1500.if.lr.ph.i ], [ %.2177.i, %B1744.i ]
  %.1695.0610.i = phi i64 [ %spec.select603.i, %B1500.if.lr.ph.i ], [ %.1757.i, %B1744.i ]
  %.1692.0609.i = phi i64 [ %.5.i.i, %B1500.if.lr.ph.i ], [ %.1761.i, %B1744.i ]
  %.1757.i = add nsw i64 %.1695.0610.i, -1
  %.1761.i = add i64 %.1692.0609.i, 1
  %9 = fadd reassoc nsz arcp contract double %wb.2.3612.i, %wa.2.3611.i
  %.1794.i = fsub reassoc nsz arcp contract double 1.000000e+00, %9
  %.1800.i = fcmp reassoc nsz arcp contract ult double %wa.2.3611.i, 0xBEE4F8B580000000
  %.1804.i = fcmp reassoc nsz arcp contract ult double %wb.2.3612.i, 0xBEE4F8B580000000
  %or.cond573.i = select i1 %.1800.i, i1 true, i1 %.1804.i
  %.1808.i = fcmp reassoc nsz arcp contract ult double %.1794.i, 0xBEE4F8B580000000
  %or.cond574.i = select i1 %or.cond573.i, i1 true, i1 %.1808.i
  br i1 %or.cond574.i, label %B1744.i, label %B1622.i

raster.fill.inner.exit:                           ; preds = %B1773.i, %0
  ret void
}

declare double @llvm.ceil.f64(double)

declare double @llvm.floor.f64(double)

define void @raster.gather(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.12 = getelementptr i8, ptr %slots, i64 96
  %own.12 = load i64, ptr %at.12, align 1
  %at.16 = getelementptr i8, ptr %slots, i64 128
  %own.16 = load ptr, ptr %at.16, align 1
  %at.20 = getelementptr i8, ptr %slots, i64 160
  %own.20 = load i64, ptr %at.20, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load ptr, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load i64, ptr %at.26, align 1
  %at.27 = getelementptr i8, ptr %slots, i64 216
  %own.27 = load i64, ptr %at.27, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load ptr, ptr %at.30, align 1
  %at.35 = getelementptr i8, ptr %slots, i64 280
  %own.35 = load i64, ptr %at.35, align 1
  %.220426.not.i = icmp slt i64 %own.3, 1
  br i1 %.220426.not.i, label %raster.gather.inner.exit, label %B54.if.lr.ph.i

B54.if.lr.ph.i:                                   ; preds = %0
  %at.34 = getelementptr i8, ptr %slots, i64 272
  %own.34 = load i64, ptr %at.34, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %.341423.not.i = icmp slt i64 %own.4, 1
  %.696.i = mul i64 %own.11, %own.12
  %.891420.not.i = icmp slt i64 %own.27, 1
  %.1169.i = mul i64 %own.34, %own.35
  br label %B54.if.i

B54.loopexit.i:                                   ; preds = %B439.i, %B54.if.i
  %exitcond430.not.i = icmp eq i64 %.233.i, %own.3
  br i1 %exitcond430.not.i, label %raster.gather.inner.exit, label %B54.if.i

B126.i:                                           ; preds = %B88.if.i
  %.700.i = mul i64 %.285.0424.i, %own.12
  %.704.i = getelementptr float, ptr %7, i64 %.700.i
  %.705.i = load float, ptr %.704.i, align 4
  %.781.i = getelementptr i8, ptr %.704.i, i64 4
  %.782.i = load float, ptr %.781.i, align 4
  %1 = fadd reassoc nsz arcp contract float %.705.i, %.782.i
  %.793.i = fsub reassoc nsz arcp contract float 1.000000e+00, %1
  br i1 %.891420.not.i, label %B439.i, label %B334.if.lr.ph.i

B334.if.lr.ph.i:                                  ; preds = %B126.i
  %.442.i = zext nneg i32 %.435.i to i64
  %.500.i = mul i64 %own.20, %.442.i
  %.504.i = getelementptr i32, ptr %own.16, i64 %.500.i
  %.618.i = getelementptr i8, ptr %.504.i, i64 8
  %.619.i = load i32, ptr %.618.i, align 4
  %.560.i = getelementptr i8, ptr %.504.i, i64 4
  %.561.i = load i32, ptr %.560.i, align 4
  %.505.i = load i32, ptr %.504.i, align 4
  %.935.i = sext i32 %.505.i to i64
  %.957.i = icmp slt i32 %.505.i, 0
  %.958.i = select i1 %.957.i, i64 %own.26, i64 0
  %.959.i = add i64 %.958.i, %.935.i
  %.979.i = mul i64 %.959.i, %own.27
  %2 = getelementptr float, ptr %own.23, i64 %.979.i
  %.993.i = sext i32 %.561.i to i64
  %.1015.i = icmp slt i32 %.561.i, 0
  %.1016.i = select i1 %.1015.i, i64 %own.26, i64 0
  %.1017.i = add i64 %.1016.i, %.993.i
  %.1037.i = mul i64 %.1017.i, %own.27
  %3 = getelementptr float, ptr %own.23, i64 %.1037.i
  %.1052.i = sext i32 %.619.i to i64
  %.1074.i = icmp slt i32 %.619.i, 0
  %.1075.i = select i1 %.1074.i, i64 %own.26, i64 0
  %.1076.i = add i64 %.1075.i, %.1052.i
  %.1096.i = mul i64 %.1076.i, %own.27
  %4 = getelementptr float, ptr %own.23, i64 %.1096.i
  %.1173.i = mul i64 %.285.0424.i, %own.35
  %5 = getelementptr float, ptr %8, i64 %.1173.i
  br label %B334.if.i

B439.i:                                           ; preds = %B334.if.i, %B88.if.i, %B126.i
  %exitcond429.not.i = icmp eq i64 %own.4, %.354.i
  br i1 %exitcond429.not.i, label %B54.loopexit.i, label %B88.if.i

B54.if.i:                                         ; preds = %B54.loopexit.i, %B54.if.lr.ph.i
  %.162.0427.i = phi i64 [ 0, %B54.if.lr.ph.i ], [ %.233.i, %B54.loopexit.i ]
  %.233.i = add nuw nsw i64 %.162.0427.i, 1
  br i1 %.341423.not.i, label %B54.loopexit.i, label %B88.if.lr.ph.i

B88.if.lr.ph.i:                                   ; preds = %B54.if.i
  %.430.i = mul i64 %.162.0427.i, %own.4
  %6 = getelementptr i32, ptr %own.0, i64 %.430.i
  %.698.i = mul i64 %.696.i, %.162.0427.i
  %7 = getelementptr float, ptr %own.7, i64 %.698.i
  %.1171.i = mul i64 %.1169.i, %.162.0427.i
  %8 = getelementptr float, ptr %own.30, i64 %.1171.i
  br label %B88.if.i

B88.if.i:                                         ; preds = %B88.if.lr.ph.i, %B439.i
  %.285.0424.i = phi i64 [ 0, %B88.if.lr.ph.i ], [ %.354.i, %B439.i ]
  %.354.i = add nuw nsw i64 %.285.0424.i, 1
  %9 = getelementptr i32, ptr %6, i64 %.285.0424.i
  %.435.i = load i32, ptr %9, align 4
  %.443.i = icmp slt i32 %.435.i, 0
  br i1 %.443.i, label %B439.i, label %B126.i

B334.if.i:                                        ; preds = %B334.if.i, %B334.if.lr.ph.i
  %.835.0421.i = phi i64 [ 0, %B334.if.lr.ph.i ], [ %.904.i, %B334.if.i ]
  %.904.i = add nuw nsw i64 %.835.0421.i, 1
  %.983.i = getelementptr float, ptr %2, i64 %.835.0421.i
  %.984.i = load float, ptr %.983.i, align 4
  %.986.i = fmul reassoc nsz arcp contract float %.984.i, %.705.i
  %.1041.i = getelementptr float, ptr %3, i64 %.835.0421.i
  %.1042.i = load float, ptr %.1041.i, align 4
  %.1044.i = fmul reassoc nsz arcp contract float %.1042.i, %.782.i
  %.1045.i = fadd reassoc nsz arcp contract float %.1044.i, %.986.i
  %.1100.i = getelementptr float, ptr %4, i64 %.835.0421.i
  %.1101.i = load float, ptr %.1100.i, align 4
  %.1103.i = fmul reassoc nsz arcp contract float %.1101.i, %.793.i
  %.1104.i = fadd reassoc nsz arcp contract float %.1045.i, %.1103.i
  %10 = getelementptr float, ptr %5, i64 %.835.0421.i
  store float %.1104.i, ptr %10, align 4
  %exitcond.not.i = icmp eq i64 %own.27, %.904.i
  br i1 %exitcond.not.i, label %B439.i, label %B334.if.i

raster.gather.inner.exit:                         ; preds = %B54.loopexit.i, %0
  ret void
}

define void @raster.find_edges(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.12 = getelementptr i8, ptr %slots, i64 96
  %own.12 = load i64, ptr %at.12, align 1
  %at.16 = getelementptr i8, ptr %slots, i64 128
  %own.16 = load ptr, ptr %at.16, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load i64, ptr %at.19, align 1
  %at.20 = getelementptr i8, ptr %slots, i64 160
  %own.20 = load i64, ptr %at.20, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load ptr, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load i64, ptr %at.26, align 1
  %at.27 = getelementptr i8, ptr %slots, i64 216
  %own.27 = load i64, ptr %at.27, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load float, ptr %at.30, align 1
  %at.31 = getelementptr i8, ptr %slots, i64 248
  %own.31 = load ptr, ptr %at.31, align 1
  %at.34 = getelementptr i8, ptr %slots, i64 272
  %own.34 = load i64, ptr %at.34, align 1
  %at.35 = getelementptr i8, ptr %slots, i64 280
  %own.35 = load i64, ptr %at.35, align 1
  %.221746.not.i = icmp slt i64 %own.3, 1
  br i1 %.221746.not.i, label %B446.i, label %B54.if.lr.ph.i

B54.if.lr.ph.i:                                   ; preds = %0
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %.342741.not.i = icmp slt i64 %own.4, 1
  %.710.i = mul i64 %own.11, %own.12
  br label %B54.if.i

B54.loopexit.i:                                   ; preds = %B88.loopexit.i, %B54.if.i
  %exitcond767.not.i = icmp eq i64 %.234.i, %own.3
  br i1 %exitcond767.not.i, label %B446.i, label %B54.if.i

B88.loopexit.i:                                   ; preds = %B1442.i
  %exitcond766.not.i = icmp eq i64 %own.4, %.355.i
  br i1 %exitcond766.not.i, label %B54.loopexit.i, label %B88.if.i

B178.i:                                           ; preds = %B122.if.i
  %.577.i = load i32, ptr %gep745.i, align 4
  %.630.i = mul i64 %.501.i, %own.4
  %1 = getelementptr i32, ptr %own.0, i64 %.630.i
  %2 = getelementptr i32, ptr %1, i64 %.504.i
  %.635.i = load i32, ptr %2, align 4
  %3 = xor i32 %.635.i, %.577.i
  %.960.i = icmp slt i32 %3, 0
  br i1 %.960.i, label %B412.i, label %B396.i

B396.i:                                           ; preds = %B178.i
  %.719.i = load float, ptr %.718.i, align 4
  %.789.i = mul i64 %.501.i, %.710.i
  %4 = getelementptr float, ptr %own.7, i64 %.789.i
  %.791.i = mul i64 %.504.i, %own.12
  %.795.i = getelementptr float, ptr %4, i64 %.791.i
  %.796.i = load float, ptr %.795.i, align 4
  %.797.i = fsub reassoc nsz arcp contract float %.719.i, %.796.i
  %.798.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.797.i)
  %.875.i = load float, ptr %.874.i, align 4
  %.951.i = getelementptr i8, ptr %.795.i, i64 4
  %.952.i = load float, ptr %.951.i, align 4
  %.953.i = fsub reassoc nsz arcp contract float %.875.i, %.952.i
  %.954.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.953.i)
  %.955.i = fadd reassoc nsz arcp contract float %.954.i, %.798.i
  %.581.i = icmp sgt i32 %.577.i, -1
  %.968.i = fcmp reassoc nsz arcp contract ogt float %.955.i, %own.30
  %or.cond720.i = select i1 %.581.i, i1 %.968.i, i1 false
  br i1 %or.cond720.i, label %B412.i, label %B1442.i

B412.i:                                           ; preds = %B396.i, %B178.i
  store i8 1, ptr %gep.i, align 1
  %.1085.i = mul i64 %.501.i, %own.35
  %5 = getelementptr i8, ptr %own.31, i64 %.1085.i
  %6 = getelementptr i8, ptr %5, i64 %.504.i
  store i8 1, ptr %6, align 1
  br label %B1442.i

B446.i:                                           ; preds = %B54.loopexit.i, %0
  %.1233761.not.i = icmp slt i64 %own.19, 1
  br i1 %.1233761.not.i, label %raster.find_edges.inner.exit, label %B500.if.i

B784.i:                                           ; preds = %B500.if.i
  %.1744.i = fsub reassoc nsz arcp contract float %.1603.i, %.1379.i
  %.1745.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1744.i)
  %.1748.i = fsub reassoc nsz arcp contract float %.1712.i, %.1488.i
  %.1749.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1748.i)
  %.12.i.i = fcmp reassoc nsz arcp contract ogt float %.1749.i, %.1745.i
  %.13.i.i = select i1 %.12.i.i, float %.1749.i, float %.1745.i
  %.1779.i = fpext float %.13.i.i to double
  %.1780.i = fmul reassoc nsz arcp contract double %.1779.i, 2.000000e+00
  %.5.i.i = fptosi double %.1780.i to i64
  %.1890757.i = icmp sgt i64 %.5.i.i, -2
  br i1 %.1890757.i, label %B954.if.lr.ph.i, label %B1441.i

B954.if.lr.ph.i:                                  ; preds = %B784.i
  %spec.select733.i = add nsw i64 %.5.i.i, 2
  %.1805.i = add nsw i64 %.5.i.i, 1
  %.1930.i = uitofp nneg i64 %.1805.i to float
  %7 = fdiv reassoc nsz arcp contract float 1.000000e+00, %.1930.i
  %invariant.op.i = fmul reassoc nsz arcp contract float %7, %.1744.i
  %factor.op.fmul.i = fmul reassoc nsz arcp contract float %7, %.1748.i
  br label %B954.if.i

B954.loopexit.i:                                  ; preds = %B1308.loopexit.i, %B954.if.i
  %.1890.i = icmp sgt i64 %.1837.0759.i, 1
  br i1 %.1890.i, label %B954.if.i, label %B1441.i

B1308.loopexit.i:                                 ; preds = %B1412.if.i, %B1308.if.i
  %.2160.i = icmp samesign ugt i64 %.2107.0756.i, 1
  br i1 %.2160.i, label %B1308.if.i, label %B954.loopexit.i

B1441.i:                                          ; preds = %B954.loopexit.i, %B500.if.i, %B784.i
  %exitcond768.not.i = icmp eq i64 %own.19, %.1246.i
  br i1 %exitcond768.not.i, label %raster.find_edges.inner.exit, label %B500.if.i

B1442.i:                                          ; preds = %B122.if.i, %B412.i, %B396.i
  br i1 %exitcond.not.i, label %B88.loopexit.i, label %B122.if.i

B54.if.i:                                         ; preds = %B54.loopexit.i, %B54.if.lr.ph.i
  %.163.0748.i = phi i64 [ 0, %B54.if.lr.ph.i ], [ %.234.i, %B54.loopexit.i ]
  %.234.i = add nuw nsw i64 %.163.0748.i, 1
  br i1 %.342741.not.i, label %B54.loopexit.i, label %B88.if.lr.ph.i

B88.if.lr.ph.i:                                   ; preds = %B54.if.i
  %.572.i = mul i64 %.163.0748.i, %own.4
  %invariant.gep744.i = getelementptr i32, ptr %own.0, i64 %.572.i
  %.712.i = mul i64 %.163.0748.i, %.710.i
  %8 = getelementptr float, ptr %own.7, i64 %.712.i
  %.1024.i = mul i64 %.163.0748.i, %own.35
  %invariant.gep.i = getelementptr i8, ptr %own.31, i64 %.1024.i
  br label %B88.if.i

B88.if.i:                                         ; preds = %B88.if.lr.ph.i, %B88.loopexit.i
  %.286.0743.i = phi i64 [ 0, %B88.if.lr.ph.i ], [ %.355.i, %B88.loopexit.i ]
  %.355.i = add nuw nsw i64 %.286.0743.i, 1
  %gep745.i = getelementptr i32, ptr %invariant.gep744.i, i64 %.286.0743.i
  %.714.i = mul i64 %.286.0743.i, %own.12
  %.718.i = getelementptr float, ptr %8, i64 %.714.i
  %.874.i = getelementptr i8, ptr %.718.i, i64 4
  %gep.i = getelementptr i8, ptr %invariant.gep.i, i64 %.286.0743.i
  br label %B122.if.i

B122.if.i:                                        ; preds = %B88.if.i, %B1442.i
  %exitcond.not.i = phi i1 [ false, %B88.if.i ], [ true, %B1442.i ]
  %.406.0740.i = phi i64 [ 0, %B88.if.i ], [ 1, %B1442.i ]
  %.501.i = add nuw nsw i64 %.406.0740.i, %.163.0748.i
  %.504.i = sub nuw nsw i64 %.355.i, %.406.0740.i
  %.513.not.i = icmp slt i64 %.501.i, %own.3
  %.517.not.i = icmp slt i64 %.504.i, %own.4
  %or.cond.i = select i1 %.513.not.i, i1 %.517.not.i, i1 false
  br i1 %or.cond.i, label %B178.i, label %B1442.i

B500.if.i:                                        ; preds = %B446.i, %B1441.i
  %.1176.0763.i = phi i64 [ %.1246.i, %B1441.i ], [ 0, %B446.i ]
  %.1246.i = add nuw nsw i64 %.1176.0763.i, 1
  %.1319.i = mul i64 %.1176.0763.i, %own.20
  %.1323.i = getelementptr i32, ptr %own.16, i64 %.1319.i
  %.1324.i = load i32, ptr %.1323.i, align 4
  %.1330.i = sext i32 %.1324.i to i64
  %.1352.i = icmp slt i32 %.1324.i, 0
  %.1353.i = select i1 %.1352.i, i64 %own.26, i64 0
  %.1354.i = add i64 %.1353.i, %.1330.i
  %.1374.i = mul i64 %.1354.i, %own.27
  %.1378.i = getelementptr float, ptr %own.23, i64 %.1374.i
  %.1379.i = load float, ptr %.1378.i, align 4
  %.1487.i = getelementptr i8, ptr %.1378.i, i64 4
  %.1488.i = load float, ptr %.1487.i, align 4
  %.1547.i = getelementptr i8, ptr %.1323.i, i64 4
  %.1548.i = load i32, ptr %.1547.i, align 4
  %.1554.i = sext i32 %.1548.i to i64
  %.1576.i = icmp slt i32 %.1548.i, 0
  %.1577.i = select i1 %.1576.i, i64 %own.26, i64 0
  %.1578.i = add i64 %.1577.i, %.1554.i
  %.1598.i = mul i64 %.1578.i, %own.27
  %.1602.i = getelementptr float, ptr %own.23, i64 %.1598.i
  %.1603.i = load float, ptr %.1602.i, align 4
  %.1711.i = getelementptr i8, ptr %.1602.i, i64 4
  %.1712.i = load float, ptr %.1711.i, align 4
  %.1720.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1379.i)
  %.1722.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1488.i)
  %.1723.i = fadd reassoc nsz arcp contract float %.1722.i, %.1720.i
  %.1725.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1603.i)
  %.1726.i = fadd reassoc nsz arcp contract float %.1723.i, %.1725.i
  %.1728.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1712.i)
  %.1729.i = fadd reassoc nsz arcp contract float %.1726.i, %.1728.i
  %.1731.i = fcmp reassoc nsz arcp contract olt float %.1729.i, 1.000000e+06
  br i1 %.1731.i, label %B784.i, label %B1441.i

B954.if.i:                                        ; preds = %B954.loopexit.i, %B954.if.lr.ph.i
  %.1837.0759.i = phi i64 [ %spec.select733.i, %B954.if.lr.ph.i ], [ %.1899.i, %B954.loopexit.i ]
  %.1834.0758.i = phi i64 [ 0, %B954.if.lr.ph.i ], [ %.1903.i, %B954.loopexit.i ]
  %.1899.i = add nsw i64 %.1837.0759.i, -1
  %.1903.i = add nuw nsw i64 %.1834.0758.i, 1
  %9 = uitofp nneg i64 %.1834.0758.i to float
  %.reass.i = fmul reassoc nsz arcp contract float %factor.op.fmul.i, %9
  %.1982.i = fadd reassoc nsz arcp contract float %.reass.i, %.1488.i
  %.1990.le.i = tail call reassoc nsz arcp contract float @llvm.floor.f32(float %.1982.i)
  %.5.i722.i = fptosi float %.1990.le.i to i64
  %10 = tail call i64 @llvm.smax.i64(i64 %.5.i722.i, i64 1)
  %.13.i723.i = add nsw i64 %10, -1
  %.2051.i = add nsw i64 %.5.i722.i, 2
  %.13.i724.i = tail call i64 @llvm.smin.i64(i64 %own.3, i64 range(i64 -9223372036854775806, -9223372036854775808) %.2051.i)
  %.2117.i = sub i64 %.13.i724.i, %.13.i723.i
  %.2160754.not.i = icmp slt i64 %.2117.i, 1
  br i1 %.2160754.not.i, label %B954.loopexit.i, label %B1308.if.lr.ph.i

B1308.if.lr.ph.i:                                 ; preds = %B954.if.i
  %.1938.reass.i = fmul reassoc nsz arcp contract float %invariant.op.i, %9
  %.1940.i = fadd reassoc nsz arcp contract float %.1938.reass.i, %.1379.i
  %.1948.le.i = tail call reassoc nsz arcp contract float @llvm.floor.f32(float %.1940.i)
  %.5.i721.i = fptosi float %.1948.le.i to i64
  %11 = tail call i64 @llvm.smax.i64(i64 %.5.i721.i, i64 1)
  %.13.i725.i = add nsw i64 %11, -1
  %.2232.i = add nsw i64 %.5.i721.i, 2
  %.13.i726.i = tail call i64 @llvm.smin.i64(i64 %own.4, i64 range(i64 -9223372036854775806, -9223372036854775808) %.2232.i)
  %.2298.i = sub i64 %.13.i726.i, %.13.i725.i
  %spec.select736.i = tail call i64 @llvm.smax.i64(i64 %.2298.i, i64 0)
  %.2341751.not.i = icmp slt i64 %.2298.i, 1
  br label %B1308.if.i

B1308.if.i:                                       ; preds = %B1308.if.lr.ph.i, %B1308.loopexit.i
  %.2107.0756.i = phi i64 [ %.2117.i, %B1308.if.lr.ph.i ], [ %.2169.i, %B1308.loopexit.i ]
  %.2104.0755.i = phi i64 [ %.13.i723.i, %B1308.if.lr.ph.i ], [ %.2173.i, %B1308.loopexit.i ]
  %.2169.i = add nsw i64 %.2107.0756.i, -1
  %.2173.i = add nuw i64 %.2104.0755.i, 1
  br i1 %.2341751.not.i, label %B1308.loopexit.i, label %B1412.if.lr.ph.i

B1412.if.lr.ph.i:                                 ; preds = %B1308.if.i
  %.2404.i = icmp slt i64 %.2104.0755.i, 0
  %.2405.i = select i1 %.2404.i, i64 %own.34, i64 0
  %.2406.i = add i64 %.2405.i, %.2104.0755.i
  %.2426.i = mul i64 %.2406.i, %own.35
  %12 = getelementptr i8, ptr %own.31, i64 %.2426.i
  br label %B1412.if.i

B1412.if.i:                                       ; preds = %B1412.if.i, %B1412.if.lr.ph.i
  %.2288.0753.i = phi i64 [ %spec.select736.i, %B1412.if.lr.ph.i ], [ %.2350.i, %B1412.if.i ]
  %.2285.0752.i = phi i64 [ %.13.i725.i, %B1412.if.lr.ph.i ], [ %.2354.i, %B1412.if.i ]
  %.2350.i = add nsw i64 %.2288.0753.i, -1
  %.2354.i = add nuw i64 %.2285.0752.i, 1
  %.2407.i = icmp slt i64 %.2285.0752.i, 0
  %.2408.i = select i1 %.2407.i, i64 %own.35, i64 0
  %13 = getelementptr i8, ptr %12, i64 %.2285.0752.i
  %.2430.i = getelementptr i8, ptr %13, i64 %.2408.i
  store i8 1, ptr %.2430.i, align 1
  %.2341.i = icmp sgt i64 %.2288.0753.i, 1
  br i1 %.2341.i, label %B1412.if.i, label %B1308.loopexit.i

raster.find_edges.inner.exit:                     ; preds = %B1441.i, %B446.i
  ret void
}

define void @raster.fill_samples(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.19 = getelementptr i8, ptr %slots, i64 152
  %own.19 = load ptr, ptr %at.19, align 1
  %at.22 = getelementptr i8, ptr %slots, i64 176
  %own.22 = load i64, ptr %at.22, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load i64, ptr %at.23, align 1
  %at.26 = getelementptr i8, ptr %slots, i64 208
  %own.26 = load ptr, ptr %at.26, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load i64, ptr %at.30, align 1
  %at.33 = getelementptr i8, ptr %slots, i64 264
  %own.33 = load ptr, ptr %at.33, align 1
  %at.37 = getelementptr i8, ptr %slots, i64 296
  %own.37 = load i64, ptr %at.37, align 1
  %at.40 = getelementptr i8, ptr %slots, i64 320
  %own.40 = load ptr, ptr %at.40, align 1
  %at.45 = getelementptr i8, ptr %slots, i64 360
  %own.45 = load i64, ptr %at.45, align 1
  %.267678.not.i = icmp slt i64 %own.3, 1
  br i1 %.267678.not.i, label %raster.fill_samples.inner.exit, label %B78.if.lr.ph.i

B78.if.lr.ph.i:                                   ; preds = %0
  %at.44 = getelementptr i8, ptr %slots, i64 352
  %own.44 = load i64, ptr %at.44, align 1
  %.1012.i = sitofp i64 %own.23 to double
  %.1023.i = sitofp i64 %own.22 to double
  %.1177.i = add nsw i64 %own.23, -1
  %.1178.i = sitofp i64 %.1177.i to float
  %.1297.i = add nsw i64 %own.22, -1
  %.1298.i = sitofp i64 %.1297.i to float
  %factor.op.mul671.i = mul i64 %own.44, %own.45
  br label %B78.if.i

B416.i:                                           ; preds = %B78.if.i
  %.1011.i = fpext float %.19.i.i to double
  %.1013.i = fcmp reassoc nsz arcp contract olt double %.1011.i, %.1012.i
  %.1018.i = fcmp reassoc nsz arcp contract oge float %.19.i660.i, 0.000000e+00
  %or.cond639.not682.i = select i1 %.1013.i, i1 %.1018.i, i1 false
  %.1022.i = fpext float %.19.i656.i to double
  %.1024.i = fcmp reassoc nsz arcp contract olt double %.1022.i, %.1023.i
  %or.cond681.i = select i1 %or.cond639.not682.i, i1 %.1024.i, i1 false
  br i1 %or.cond681.i, label %B454.i, label %B1717.i

B454.i:                                           ; preds = %B416.i
  %.1057.i = fsub reassoc nsz arcp contract float %.649.i, %.537.i
  %.1060.i = fsub reassoc nsz arcp contract float %.853.i, %.593.i
  %.1061.i = fmul reassoc nsz arcp contract float %.1060.i, %.1057.i
  %.1064.i = fsub reassoc nsz arcp contract float %.705.i, %.593.i
  %.1067.i = fsub reassoc nsz arcp contract float %.797.i, %.537.i
  %.1068.i = fmul reassoc nsz arcp contract float %.1067.i, %.1064.i
  %.1069.i = fsub reassoc nsz arcp contract float %.1061.i, %.1068.i
  %.1074.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1069.i)
  %.1075.i = fpext float %.1074.i to double
  %.1076.i = fcmp reassoc nsz arcp contract ogt double %.1075.i, 1.000000e-09
  br i1 %.1076.i, label %B540.i, label %B1717.i

B540.i:                                           ; preds = %B454.i
  %.1114.i = fdiv reassoc nsz arcp contract float 1.000000e+00, %.1069.i
  %.12.i.i = fcmp reassoc nsz arcp contract olt float %.19.i.i, 0.000000e+00
  %.13.i.i = select i1 %.12.i.i, float 0.000000e+00, float %.19.i.i
  %.5.i.i = fptosi float %.13.i.i to i64
  %.12.i643.i = fcmp reassoc nsz arcp contract olt float %.19.i656.i, 0.000000e+00
  %.13.i644.i = select i1 %.12.i643.i, float 0.000000e+00, float %.19.i656.i
  %.5.i645.i = fptosi float %.13.i644.i to i64
  %.12.i646.i = fcmp reassoc nsz arcp contract ogt float %.19.i660.i, %.1298.i
  %.13.i647.i = select i1 %.12.i646.i, float %.1298.i, float %.19.i660.i
  %.5.i648.i = fptosi float %.13.i647.i to i64
  %.1354.i = add nsw i64 %.5.i648.i, 1
  %.1391.i = sub i64 %.1354.i, %.5.i645.i
  %.1435675.not.i = icmp slt i64 %.1391.i, 1
  br i1 %.1435675.not.i, label %B1717.i, label %B1014.if.lr.ph.i

B1014.if.lr.ph.i:                                 ; preds = %B540.i
  %.12.i640.i = fcmp reassoc nsz arcp contract ogt float %.19.i652.i, %.1178.i
  %.13.i641.i = select i1 %.12.i640.i, float %.1178.i, float %.19.i652.i
  %.5.i642.i = fptosi float %.13.i641.i to i64
  %.1477.i = add nsw i64 %.5.i642.i, 1
  %.1515.i = sub i64 %.1477.i, %.5.i.i
  %spec.select664.i = tail call i64 @llvm.smax.i64(i64 %.1515.i, i64 0)
  %.1559672.not.i = icmp slt i64 %.1515.i, 1
  %invariant.gep.i = getelementptr float, ptr %own.14, i64 %.488.i
  %invariant.gep665.i = getelementptr float, ptr %own.14, i64 %.600.i
  %invariant.gep667.i = getelementptr float, ptr %own.14, i64 %.748.i
  %.1950.i = select i1 %.510.i, i64 %own.17, i64 0
  %gep.i = getelementptr float, ptr %invariant.gep.i, i64 %.1950.i
  %.1984.i = select i1 %.622.i, i64 %own.17, i64 0
  %gep666.i = getelementptr float, ptr %invariant.gep665.i, i64 %.1984.i
  %.2019.i = select i1 %.770.i, i64 %own.17, i64 0
  %gep668.i = getelementptr float, ptr %invariant.gep667.i, i64 %.2019.i
  %.2220.i = trunc i64 %.208.0680.i to i32
  br label %B1014.if.i

B1012.loopexit.i:                                 ; preds = %B1718.i, %B1014.if.i
  %.1435.i = icmp sgt i64 %.1381.0677.i, 1
  br i1 %.1435.i, label %B1014.if.i, label %B1717.i

B1542.i:                                          ; preds = %B1128.if.i
  %.1965.i = load float, ptr %gep.i, align 4
  %.1967.i = fmul reassoc nsz arcp contract float %.1965.i, %.1921.i
  %.1999.i = load float, ptr %gep666.i, align 4
  %.2001.i = fmul reassoc nsz arcp contract float %.1999.i, %.1899.i
  %.2002.i = fadd reassoc nsz arcp contract float %.2001.i, %.1967.i
  %.2034.i = load float, ptr %gep668.i, align 4
  %.2036.i = fmul reassoc nsz arcp contract float %.2034.i, %.1913.i
  %.2039.i = fadd reassoc nsz arcp contract float %.2002.i, %.2036.i
  %1 = getelementptr float, ptr %5, i64 %.1691.0669.i
  %.2099.i = load float, ptr %1, align 4
  %.2101.i = fcmp reassoc nsz arcp contract ogt float %.2039.i, %.2099.i
  br i1 %.2101.i, label %B1640.i, label %B1700.i

B1640.i:                                          ; preds = %B1542.i
  store float %.2039.i, ptr %1, align 4
  %2 = getelementptr i32, ptr %6, i64 %.1691.0669.i
  store i32 %.2220.i, ptr %2, align 4
  %.2295.i = mul i64 %.1691.0669.i, %own.45
  %.2299.i = getelementptr float, ptr %7, i64 %.2295.i
  store float %.1921.i, ptr %.2299.i, align 4
  %.2382.i = getelementptr i8, ptr %.2299.i, i64 4
  store float %.1899.i, ptr %.2382.i, align 4
  br label %B1700.i

B1700.i:                                          ; preds = %B1128.if.i, %B1640.i, %B1542.i
  %exitcond.not.i = icmp eq i64 %.1761.i, 4
  br i1 %exitcond.not.i, label %B1718.i, label %B1128.if.i

B1717.i:                                          ; preds = %B1012.loopexit.i, %B78.if.i, %B540.i, %B454.i, %B416.i
  %exitcond683.not.i = icmp eq i64 %.280.i, %own.3
  br i1 %exitcond683.not.i, label %raster.fill_samples.inner.exit, label %B78.if.i

B1718.i:                                          ; preds = %B1700.i, %B1058.if.i
  %.1559.i = icmp sgt i64 %.1505.0674.i, 1
  br i1 %.1559.i, label %B1058.if.i, label %B1012.loopexit.i

B78.if.i:                                         ; preds = %B1717.i, %B78.if.lr.ph.i
  %.208.0680.i = phi i64 [ 0, %B78.if.lr.ph.i ], [ %.280.i, %B1717.i ]
  %.280.i = add nuw nsw i64 %.208.0680.i, 1
  %.357.i = mul i64 %.208.0680.i, %own.4
  %.361.i = getelementptr i32, ptr %own.0, i64 %.357.i
  %.362.i = load i32, ptr %.361.i, align 4
  %.416.i = getelementptr i8, ptr %.361.i, i64 4
  %.417.i = load i32, ptr %.416.i, align 4
  %.471.i = getelementptr i8, ptr %.361.i, i64 8
  %.472.i = load i32, ptr %.471.i, align 4
  %.488.i = sext i32 %.362.i to i64
  %.510.i = icmp slt i32 %.362.i, 0
  %.511.i = select i1 %.510.i, i64 %own.10, i64 0
  %.512.i = add i64 %.511.i, %.488.i
  %.532.i = mul i64 %.512.i, %own.11
  %.536.i = getelementptr float, ptr %own.7, i64 %.532.i
  %.537.i = load float, ptr %.536.i, align 4
  %.592.i = getelementptr i8, ptr %.536.i, i64 4
  %.593.i = load float, ptr %.592.i, align 4
  %.600.i = sext i32 %.417.i to i64
  %.622.i = icmp slt i32 %.417.i, 0
  %.623.i = select i1 %.622.i, i64 %own.10, i64 0
  %.624.i = add i64 %.623.i, %.600.i
  %.644.i = mul i64 %.624.i, %own.11
  %.648.i = getelementptr float, ptr %own.7, i64 %.644.i
  %.649.i = load float, ptr %.648.i, align 4
  %.704.i = getelementptr i8, ptr %.648.i, i64 4
  %.705.i = load float, ptr %.704.i, align 4
  %.748.i = sext i32 %.472.i to i64
  %.770.i = icmp slt i32 %.472.i, 0
  %.771.i = select i1 %.770.i, i64 %own.10, i64 0
  %.772.i = add i64 %.771.i, %.748.i
  %.792.i = mul i64 %.772.i, %own.11
  %.796.i = getelementptr float, ptr %own.7, i64 %.792.i
  %.797.i = load float, ptr %.796.i, align 4
  %.852.i = getelementptr i8, ptr %.796.i, i64 4
  %.853.i = load float, ptr %.852.i, align 4
  %.16.i.i = fcmp reassoc nsz arcp contract olt float %.649.i, %.537.i
  %.17.i.i = select i1 %.16.i.i, float %.649.i, float %.537.i
  %.18.i.i = fcmp reassoc nsz arcp contract olt float %.797.i, %.17.i.i
  %.19.i.i = select i1 %.18.i.i, float %.797.i, float %.17.i.i
  %.16.i649.i = fcmp reassoc nsz arcp contract ogt float %.649.i, %.537.i
  %.17.i650.i = select i1 %.16.i649.i, float %.649.i, float %.537.i
  %.18.i651.i = fcmp reassoc nsz arcp contract ogt float %.797.i, %.17.i650.i
  %.19.i652.i = select i1 %.18.i651.i, float %.797.i, float %.17.i650.i
  %.16.i653.i = fcmp reassoc nsz arcp contract olt float %.705.i, %.593.i
  %.17.i654.i = select i1 %.16.i653.i, float %.705.i, float %.593.i
  %.18.i655.i = fcmp reassoc nsz arcp contract olt float %.853.i, %.17.i654.i
  %.19.i656.i = select i1 %.18.i655.i, float %.853.i, float %.17.i654.i
  %.16.i657.i = fcmp reassoc nsz arcp contract ogt float %.705.i, %.593.i
  %.17.i658.i = select i1 %.16.i657.i, float %.705.i, float %.593.i
  %.18.i659.i = fcmp reassoc nsz arcp contract ogt float %.853.i, %.17.i658.i
  %.19.i660.i = select i1 %.18.i659.i, float %.853.i, float %.17.i658.i
  %.1007.i = fcmp reassoc nsz arcp contract ult float %.19.i652.i, 0.000000e+00
  br i1 %.1007.i, label %B1717.i, label %B416.i

B1014.if.i:                                       ; preds = %B1012.loopexit.i, %B1014.if.lr.ph.i
  %.1381.0677.i = phi i64 [ %.1391.i, %B1014.if.lr.ph.i ], [ %.1444.i, %B1012.loopexit.i ]
  %.1378.0676.i = phi i64 [ %.5.i645.i, %B1014.if.lr.ph.i ], [ %.1448.i, %B1012.loopexit.i ]
  %.1444.i = add nsw i64 %.1381.0677.i, -1
  %.1448.i = add i64 %.1378.0676.i, 1
  br i1 %.1559672.not.i, label %B1012.loopexit.i, label %B1058.if.lr.ph.i

B1058.if.lr.ph.i:                                 ; preds = %B1014.if.i
  %.1626.i = icmp slt i64 %.1378.0676.i, 0
  %.1627.i = select i1 %.1626.i, i64 %own.22, i64 0
  %.1628.i = add i64 %.1627.i, %.1378.0676.i
  %.1648.i = mul i64 %.1628.i, %own.23
  %3 = getelementptr i32, ptr %own.19, i64 %.1648.i
  %.1840.i = sitofp i64 %.1378.0676.i to float
  %.1886.i = fsub reassoc nsz arcp contract float %.1840.i, %.593.i
  br label %B1058.if.i

B1058.if.i:                                       ; preds = %B1058.if.lr.ph.i, %B1718.i
  %.1505.0674.i = phi i64 [ %spec.select664.i, %B1058.if.lr.ph.i ], [ %.1568.i, %B1718.i ]
  %.1502.0673.i = phi i64 [ %.5.i.i, %B1058.if.lr.ph.i ], [ %.1572.i, %B1718.i ]
  %.1568.i = add nsw i64 %.1505.0674.i, -1
  %.1572.i = add i64 %.1502.0673.i, 1
  %.1629.i = icmp slt i64 %.1502.0673.i, 0
  %.1630.i = select i1 %.1629.i, i64 %own.23, i64 0
  %4 = getelementptr i32, ptr %3, i64 %.1502.0673.i
  %.1652.i = getelementptr i32, ptr %4, i64 %.1630.i
  %.1653.i = load i32, ptr %.1652.i, align 4
  %.1661.i = icmp slt i32 %.1653.i, 0
  br i1 %.1661.i, label %B1718.i, label %B1126.preheader.i

B1126.preheader.i:                                ; preds = %B1058.if.i
  %.1660.i = zext nneg i32 %.1653.i to i64
  %.1790.i = sitofp i64 %.1502.0673.i to float
  %.1836.i = fsub reassoc nsz arcp contract float %.1790.i, %.537.i
  %factor.op.mul.reass.i = mul i64 %factor.op.mul671.i, %.1660.i
  %.2094.i = mul i64 %own.30, %.1660.i
  %5 = getelementptr float, ptr %own.26, i64 %.2094.i
  %.2215.i = mul i64 %own.37, %.1660.i
  %6 = getelementptr i32, ptr %own.33, i64 %.2215.i
  %7 = getelementptr float, ptr %own.40, i64 %factor.op.mul.reass.i
  br label %B1128.if.i

B1128.if.i:                                       ; preds = %B1126.preheader.i, %B1700.i
  %.1691.0669.i = phi i64 [ 0, %B1126.preheader.i ], [ %.1761.i, %B1700.i ]
  %.1761.i = add nuw nsw i64 %.1691.0669.i, 1
  %.1802.0.i = and i64 %.1691.0669.i, 1
  %.1832.i = uitofp nneg i64 %.1802.0.i to double
  %.1833.i = fmul reassoc nsz arcp contract double %.1832.i, 5.000000e-01
  %.1834.i = fadd reassoc nsz arcp contract double %.1833.i, 2.500000e-01
  %.1835.i = fptrunc double %.1834.i to float
  %.1838.i = fadd reassoc nsz arcp contract float %.1836.i, %.1835.i
  %.1849.0.i = lshr i64 %.1691.0669.i, 1
  %.1882.i = uitofp nneg i64 %.1849.0.i to double
  %.1883.i = fmul reassoc nsz arcp contract double %.1882.i, 5.000000e-01
  %.1884.i = fadd reassoc nsz arcp contract double %.1883.i, 2.500000e-01
  %.1885.i = fptrunc double %.1884.i to float
  %.1888.i = fadd reassoc nsz arcp contract float %.1886.i, %.1885.i
  %.1892.i = fmul reassoc nsz arcp contract float %.1838.i, %.1060.i
  %.1896.i = fmul reassoc nsz arcp contract float %.1888.i, %.1067.i
  %.1897.i = fsub reassoc nsz arcp contract float %.1892.i, %.1896.i
  %.1899.i = fmul reassoc nsz arcp contract float %.1897.i, %.1114.i
  %.1906.i = fmul reassoc nsz arcp contract float %.1888.i, %.1057.i
  %.1910.i = fmul reassoc nsz arcp contract float %.1838.i, %.1064.i
  %.1911.i = fsub reassoc nsz arcp contract float %.1906.i, %.1910.i
  %.1913.i = fmul reassoc nsz arcp contract float %.1911.i, %.1114.i
  %8 = fadd reassoc nsz arcp contract float %.1913.i, %.1899.i
  %.1921.i = fsub reassoc nsz arcp contract float 1.000000e+00, %8
  %.1926.i = fcmp reassoc nsz arcp contract oge float %.1921.i, 0xBEE4F8B580000000
  %.1929.i = fcmp reassoc nsz arcp contract oge float %.1899.i, 0xBEE4F8B580000000
  %or.cond.i = and i1 %.1929.i, %.1926.i
  %.1932.i = fcmp reassoc nsz arcp contract oge float %.1913.i, 0xBEE4F8B580000000
  %or.cond1.i = and i1 %.1932.i, %or.cond.i
  br i1 %or.cond1.i, label %B1542.i, label %B1700.i

raster.fill_samples.inner.exit:                   ; preds = %B1717.i, %0
  ret void
}

define void @raster.resolve(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.12 = getelementptr i8, ptr %slots, i64 96
  %own.12 = load i64, ptr %at.12, align 1
  %at.16 = getelementptr i8, ptr %slots, i64 128
  %own.16 = load ptr, ptr %at.16, align 1
  %at.20 = getelementptr i8, ptr %slots, i64 160
  %own.20 = load i64, ptr %at.20, align 1
  %at.23 = getelementptr i8, ptr %slots, i64 184
  %own.23 = load ptr, ptr %at.23, align 1
  %at.27 = getelementptr i8, ptr %slots, i64 216
  %own.27 = load i64, ptr %at.27, align 1
  %at.30 = getelementptr i8, ptr %slots, i64 240
  %own.30 = load ptr, ptr %at.30, align 1
  %at.33 = getelementptr i8, ptr %slots, i64 264
  %own.33 = load i64, ptr %at.33, align 1
  %at.34 = getelementptr i8, ptr %slots, i64 272
  %own.34 = load i64, ptr %at.34, align 1
  %at.37 = getelementptr i8, ptr %slots, i64 296
  %own.37 = load ptr, ptr %at.37, align 1
  %at.40 = getelementptr i8, ptr %slots, i64 320
  %own.40 = load i64, ptr %at.40, align 1
  %at.41 = getelementptr i8, ptr %slots, i64 328
  %own.41 = load i64, ptr %at.41, align 1
  %at.44 = getelementptr i8, ptr %slots, i64 352
  %own.44 = load ptr, ptr %at.44, align 1
  %at.47 = getelementptr i8, ptr %slots, i64 376
  %own.47 = load i64, ptr %at.47, align 1
  %at.48 = getelementptr i8, ptr %slots, i64 384
  %own.48 = load i64, ptr %at.48, align 1
  %at.51 = getelementptr i8, ptr %slots, i64 408
  %own.51 = load ptr, ptr %at.51, align 1
  %at.55 = getelementptr i8, ptr %slots, i64 440
  %own.55 = load i64, ptr %at.55, align 1
  %.2751008.not.i = icmp slt i64 %own.47, 1
  br i1 %.2751008.not.i, label %raster.resolve.inner.exit, label %B56.if.lr.ph.i

B56.if.lr.ph.i:                                   ; preds = %0
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %.790.i = mul i64 %own.11, %own.12
  %.971987.not.i = icmp slt i64 %own.48, 1
  br label %B56.if.i

B178.i:                                           ; preds = %B140.if.i
  %.794.i = mul i64 %.361.0990.i, %own.12
  %.798.i = getelementptr float, ptr %12, i64 %.794.i
  %.799.i = load float, ptr %.798.i, align 4
  %.875.i = getelementptr i8, ptr %.798.i, i64 4
  %.876.i = load float, ptr %.875.i, align 4
  %1 = fadd reassoc nsz arcp contract float %.799.i, %.876.i
  %.887.i = fsub reassoc nsz arcp contract float 1.000000e+00, %1
  br i1 %.971987.not.i, label %B462.i, label %B364.if.lr.ph.i

B364.if.lr.ph.i:                                  ; preds = %B178.i
  %.518.i = zext nneg i32 %.511.i to i64
  %.594.i = mul i64 %own.27, %.518.i
  %.598.i = getelementptr i32, ptr %own.23, i64 %.594.i
  %.712.i = getelementptr i8, ptr %.598.i, i64 8
  %.713.i = load i32, ptr %.712.i, align 4
  %.654.i = getelementptr i8, ptr %.598.i, i64 4
  %.655.i = load i32, ptr %.654.i, align 4
  %.599.i = load i32, ptr %.598.i, align 4
  %.1015.i = sext i32 %.599.i to i64
  %.1037.i = icmp slt i32 %.599.i, 0
  %.1038.i = select i1 %.1037.i, i64 %own.33, i64 0
  %.1039.i = add i64 %.1038.i, %.1015.i
  %.1059.i = mul i64 %.1039.i, %own.34
  %2 = getelementptr float, ptr %own.30, i64 %.1059.i
  %.1073.i = sext i32 %.655.i to i64
  %.1095.i = icmp slt i32 %.655.i, 0
  %.1096.i = select i1 %.1095.i, i64 %own.33, i64 0
  %.1097.i = add i64 %.1096.i, %.1073.i
  %.1117.i = mul i64 %.1097.i, %own.34
  %3 = getelementptr float, ptr %own.30, i64 %.1117.i
  %.1132.i = sext i32 %.713.i to i64
  %.1154.i = icmp slt i32 %.713.i, 0
  %.1155.i = select i1 %.1154.i, i64 %own.33, i64 0
  %.1156.i = add i64 %.1155.i, %.1132.i
  %.1176.i = mul i64 %.1156.i, %own.34
  %4 = getelementptr float, ptr %own.30, i64 %.1176.i
  %.1210.i = icmp slt i64 %seen.2.1992.i, 0
  %.1211.i = select i1 %.1210.i, i64 %own.40, i64 0
  %.1212.i = add i64 %.1211.i, %seen.2.1992.i
  %.1232.i = mul i64 %.1212.i, %own.41
  %5 = getelementptr float, ptr %own.37, i64 %.1232.i
  br label %B364.if.i

B462.i:                                           ; preds = %B364.if.i, %B178.i
  %6 = getelementptr float, ptr %13, i64 %.361.0990.i
  %.1320.i = load float, ptr %6, align 4
  %.1324.i = fcmp reassoc nsz arcp contract ogt float %.1320.i, %deepest.2.1994.i
  %best.4.3.i = select i1 %.1324.i, i64 %seen.2.1992.i, i64 %best.2.1993.i
  %deepest.4.3.i = select i1 %.1324.i, float %.1320.i, float %deepest.2.1994.i
  %.1405.i = add nsw i64 %seen.2.1992.i, 1
  br label %B1121.i

B526.i:                                           ; preds = %B1121.i
  %.288.i = add nuw nsw i64 %.216.01009.i, 1
  %.1500998.not.i = icmp slt i64 %seen.3.2.i, 1
  br i1 %.1500998.not.i, label %B974.i, label %B560.if.lr.ph.i

B560.if.lr.ph.i:                                  ; preds = %B526.i
  %.1623.i = icmp slt i64 %best.3.2.i, 0
  %.1624.i = select i1 %.1623.i, i64 %own.40, i64 0
  %.1625.i = add i64 %.1624.i, %best.3.2.i
  %.1645.i = mul i64 %.1625.i, %own.41
  %.1649.i = getelementptr float, ptr %own.37, i64 %.1645.i
  %.1761.i = getelementptr i8, ptr %.1649.i, i64 4
  br label %B560.if.i

B560.loopexit.i:                                  ; preds = %B778.if.i, %B560.if.i
  %exitcond1018.not.i = icmp eq i64 %.1513.i, %seen.3.2.i
  br i1 %exitcond1018.not.i, label %B838.i, label %B560.if.i

B838.i:                                           ; preds = %B560.loopexit.i
  %.2176.not.i = icmp eq i64 %.1864.i, 0
  %brmerge.i = select i1 %.2176.not.i, i1 true, i1 %.971987.not.i
  br i1 %brmerge.i, label %B974.i, label %B880.if.lr.ph.i

B880.if.lr.ph.i:                                  ; preds = %B838.i
  %.2343.i = mul i64 %.216.01009.i, %own.48
  %7 = getelementptr float, ptr %own.44, i64 %.2343.i
  %8 = uitofp nneg i64 %.1864.i to float
  br label %B880.if.i

B974.i:                                           ; preds = %B880.if.i, %B838.i, %B526.i
  %together.2.1.lcssa1025.i = phi i64 [ 0, %B526.i ], [ %.1864.i, %B838.i ], [ %.1864.i, %B880.if.i ]
  %.2468.i = icmp sle i64 %seen.3.2.i, %together.2.1.lcssa1025.i
  %brmerge1012.i = select i1 %.2468.i, i1 true, i1 %.971987.not.i
  br i1 %brmerge1012.i, label %B1116.i, label %B1016.if.lr.ph.i

B1016.if.lr.ph.i:                                 ; preds = %B974.i
  %.2635.i = mul i64 %.216.01009.i, %own.55
  %9 = getelementptr float, ptr %own.51, i64 %.2635.i
  %.2678.i = sub nsw i64 %seen.3.2.i, %together.2.1.lcssa1025.i
  %10 = sitofp i64 %.2678.i to float
  br label %B1016.if.i

B1116.i:                                          ; preds = %B1016.if.i, %B974.i
  %exitcond1021.not.i = icmp eq i64 %.288.i, %own.47
  br i1 %exitcond1021.not.i, label %raster.resolve.inner.exit, label %B56.if.i

B1121.i:                                          ; preds = %B140.if.i, %B462.i
  %seen.3.2.i = phi i64 [ %.1405.i, %B462.i ], [ %seen.2.1992.i, %B140.if.i ]
  %best.3.2.i = phi i64 [ %best.4.3.i, %B462.i ], [ %best.2.1993.i, %B140.if.i ]
  %deepest.3.2.i = phi float [ %deepest.4.3.i, %B462.i ], [ %deepest.2.1994.i, %B140.if.i ]
  %exitcond1015.not.i = icmp eq i64 %.430.i, 4
  br i1 %exitcond1015.not.i, label %B526.i, label %B140.if.i

B56.if.i:                                         ; preds = %B1116.i, %B56.if.lr.ph.i
  %.216.01009.i = phi i64 [ 0, %B56.if.lr.ph.i ], [ %.288.i, %B1116.i ]
  %.506.i = mul i64 %.216.01009.i, %own.4
  %11 = getelementptr i32, ptr %own.0, i64 %.506.i
  %.792.i = mul i64 %.790.i, %.216.01009.i
  %12 = getelementptr float, ptr %own.7, i64 %.792.i
  %.1315.i = mul i64 %.216.01009.i, %own.20
  %13 = getelementptr float, ptr %own.16, i64 %.1315.i
  br label %B140.if.i

B140.if.i:                                        ; preds = %B56.if.i, %B1121.i
  %deepest.2.1994.i = phi float [ 0xC6293E5940000000, %B56.if.i ], [ %deepest.3.2.i, %B1121.i ]
  %best.2.1993.i = phi i64 [ 0, %B56.if.i ], [ %best.3.2.i, %B1121.i ]
  %seen.2.1992.i = phi i64 [ 0, %B56.if.i ], [ %seen.3.2.i, %B1121.i ]
  %.361.0990.i = phi i64 [ 0, %B56.if.i ], [ %.430.i, %B1121.i ]
  %.430.i = add nuw nsw i64 %.361.0990.i, 1
  %14 = getelementptr i32, ptr %11, i64 %.361.0990.i
  %.511.i = load i32, ptr %14, align 4
  %.519.i = icmp slt i32 %.511.i, 0
  br i1 %.519.i, label %B1121.i, label %B178.i

B364.if.i:                                        ; preds = %B364.if.i, %B364.if.lr.ph.i
  %.915.0988.i = phi i64 [ 0, %B364.if.lr.ph.i ], [ %.984.i, %B364.if.i ]
  %.984.i = add nuw nsw i64 %.915.0988.i, 1
  %.1063.i = getelementptr float, ptr %2, i64 %.915.0988.i
  %.1064.i = load float, ptr %.1063.i, align 4
  %.1066.i = fmul reassoc nsz arcp contract float %.1064.i, %.799.i
  %.1121.i = getelementptr float, ptr %3, i64 %.915.0988.i
  %.1122.i = load float, ptr %.1121.i, align 4
  %.1124.i = fmul reassoc nsz arcp contract float %.1122.i, %.876.i
  %.1125.i = fadd reassoc nsz arcp contract float %.1124.i, %.1066.i
  %.1180.i = getelementptr float, ptr %4, i64 %.915.0988.i
  %.1181.i = load float, ptr %.1180.i, align 4
  %.1183.i = fmul reassoc nsz arcp contract float %.1181.i, %.887.i
  %.1184.i = fadd reassoc nsz arcp contract float %.1125.i, %.1183.i
  %15 = getelementptr float, ptr %5, i64 %.915.0988.i
  store float %.1184.i, ptr %15, align 4
  %exitcond.not.i = icmp eq i64 %own.48, %.984.i
  br i1 %exitcond.not.i, label %B462.i, label %B364.if.i

B560.if.i:                                        ; preds = %B560.loopexit.i, %B560.if.lr.ph.i
  %together.2.11001.i = phi i64 [ 0, %B560.if.lr.ph.i ], [ %.1864.i, %B560.loopexit.i ]
  %.1444.0999.i = phi i64 [ 0, %B560.if.lr.ph.i ], [ %.1513.i, %B560.loopexit.i ]
  %.1513.i = add nuw nsw i64 %.1444.0999.i, 1
  %.1590.i = mul i64 %.1444.0999.i, %own.41
  %.1594.i = getelementptr float, ptr %own.37, i64 %.1590.i
  %.1595.i = load float, ptr %.1594.i, align 4
  %.1650.i = load float, ptr %.1649.i, align 4
  %.1651.i = fsub reassoc nsz arcp contract float %.1595.i, %.1650.i
  %.1652.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1651.i)
  %.1706.i = getelementptr i8, ptr %.1594.i, i64 4
  %.1707.i = load float, ptr %.1706.i, align 4
  %.1762.i = load float, ptr %.1761.i, align 4
  %.1763.i = fsub reassoc nsz arcp contract float %.1707.i, %.1762.i
  %.1764.i = tail call reassoc nsz arcp contract float @llvm.fabs.f32(float %.1763.i)
  %.1765.i = fadd reassoc nsz arcp contract float %.1764.i, %.1652.i
  %.1771.i = fcmp reassoc nsz arcp contract ole float %.1765.i, 3.000000e+00
  %"$phi742.3.2.2.i" = zext i1 %.1771.i to i64
  %.1864.i = add nuw nsw i64 %together.2.11001.i, %"$phi742.3.2.2.i"
  br i1 %.971987.not.i, label %B560.loopexit.i, label %B778.if.lr.ph.i

B778.if.lr.ph.i:                                  ; preds = %B560.if.i
  %arg.near.5.1.arg.far.5.1.i = select i1 %.1771.i, i64 %own.48, i64 %own.55
  %arg.near.4.arg.far.4.i = select i1 %.1771.i, ptr %own.44, ptr %own.51
  %.2037.i = mul i64 %arg.near.5.1.arg.far.5.1.i, %.216.01009.i
  %16 = getelementptr float, ptr %arg.near.4.arg.far.4.i, i64 %.2037.i
  br label %B778.if.i

B778.if.i:                                        ; preds = %B778.if.i, %B778.if.lr.ph.i
  %.1896.0996.i = phi i64 [ 0, %B778.if.lr.ph.i ], [ %.1965.i, %B778.if.i ]
  %.1965.i = add nuw nsw i64 %.1896.0996.i, 1
  %17 = getelementptr float, ptr %16, i64 %.1896.0996.i
  %.2042.i = load float, ptr %17, align 4
  %18 = getelementptr float, ptr %.1594.i, i64 %.1896.0996.i
  %.2095.i = load float, ptr %18, align 4
  %.2098.i = fadd reassoc nsz arcp contract float %.2095.i, %.2042.i
  store float %.2098.i, ptr %17, align 4
  %exitcond1016.not.i = icmp eq i64 %own.48, %.1965.i
  br i1 %exitcond1016.not.i, label %B560.loopexit.i, label %B778.if.i

B880.if.i:                                        ; preds = %B880.if.i, %B880.if.lr.ph.i
  %.2202.01003.i = phi i64 [ 0, %B880.if.lr.ph.i ], [ %.2271.i, %B880.if.i ]
  %.2271.i = add nuw nsw i64 %.2202.01003.i, 1
  %19 = getelementptr float, ptr %7, i64 %.2202.01003.i
  %.2348.i = load float, ptr %19, align 4
  %.2349.i = icmp eq i64 %.2202.01003.i, 2
  %"$phi946.7.2.3.i" = select i1 %.2349.i, float 4.000000e+00, float %8
  %.2398.i = fdiv reassoc nsz arcp contract float %.2348.i, %"$phi946.7.2.3.i"
  store float %.2398.i, ptr %19, align 4
  %exitcond1019.not.i = icmp eq i64 %own.48, %.2271.i
  br i1 %exitcond1019.not.i, label %B974.i, label %B880.if.i

B1016.if.i:                                       ; preds = %B1016.if.i, %B1016.if.lr.ph.i
  %.2494.01006.i = phi i64 [ 0, %B1016.if.lr.ph.i ], [ %.2563.i, %B1016.if.i ]
  %.2563.i = add nuw nsw i64 %.2494.01006.i, 1
  %20 = getelementptr float, ptr %9, i64 %.2494.01006.i
  %.2640.i = load float, ptr %20, align 4
  %.2641.i = icmp eq i64 %.2494.01006.i, 2
  %"$phi1088.7.2.3.i" = select i1 %.2641.i, float 4.000000e+00, float %10
  %.2692.i = fdiv reassoc nsz arcp contract float %.2640.i, %"$phi1088.7.2.3.i"
  store float %.2692.i, ptr %20, align 4
  %exitcond1020.not.i = icmp eq i64 %own.48, %.2563.i
  br i1 %exitcond1020.not.i, label %B1116.i, label %B1016.if.i

raster.resolve.inner.exit:                        ; preds = %B1116.i, %0
  ret void
}

define void @raster.normals(ptr readonly %slots) local_unnamed_addr {
  %own.0 = load ptr, ptr %slots, align 1
  %at.3 = getelementptr i8, ptr %slots, i64 24
  %own.3 = load i64, ptr %at.3, align 1
  %at.4 = getelementptr i8, ptr %slots, i64 32
  %own.4 = load i64, ptr %at.4, align 1
  %at.7 = getelementptr i8, ptr %slots, i64 56
  %own.7 = load ptr, ptr %at.7, align 1
  %at.10 = getelementptr i8, ptr %slots, i64 80
  %own.10 = load i64, ptr %at.10, align 1
  %at.11 = getelementptr i8, ptr %slots, i64 88
  %own.11 = load i64, ptr %at.11, align 1
  %at.14 = getelementptr i8, ptr %slots, i64 112
  %own.14 = load ptr, ptr %at.14, align 1
  %at.17 = getelementptr i8, ptr %slots, i64 136
  %own.17 = load i64, ptr %at.17, align 1
  %at.18 = getelementptr i8, ptr %slots, i64 144
  %own.18 = load i64, ptr %at.18, align 1
  %.160776.not.i = icmp slt i64 %own.17, 1
  br i1 %.160776.not.i, label %B104.i, label %B56.if.i

B104.i:                                           ; preds = %B56.if.i, %0
  %.462780.not.i = icmp slt i64 %own.3, 1
  br i1 %.462780.not.i, label %B716.preheader.i, label %B156.if.i

B156.loopexit.i:                                  ; preds = %B550.i
  %exitcond788.not.i = icmp eq i64 %own.3, %.475.i
  br i1 %exitcond788.not.i, label %B716.preheader.i, label %B156.if.i

B716.preheader.i:                                 ; preds = %B156.loopexit.i, %B104.i
  br i1 %.160776.not.i, label %raster.normals.inner.exit, label %B716.if.i.lver.check

B716.if.i.lver.check:                             ; preds = %B716.preheader.i
  %ident.check.not = icmp eq i64 %own.18, 1
  br i1 %ident.check.not, label %B716.if.i.ph, label %B716.if.i.lver.orig.lver.orig

B716.if.i.lver.orig.lver.orig:                    ; preds = %B716.if.i.lver.check, %B716.if.i.lver.orig.lver.orig
  %.1840.0785.i.lver.orig.lver.orig = phi i64 [ %.1909.i.lver.orig.lver.orig, %B716.if.i.lver.orig.lver.orig ], [ 0, %B716.if.i.lver.check ]
  %.1909.i.lver.orig.lver.orig = add nuw nsw i64 %.1840.0785.i.lver.orig.lver.orig, 1
  %.1982.i.lver.orig.lver.orig = mul i64 %.1840.0785.i.lver.orig.lver.orig, %own.18
  %.1986.i.lver.orig.lver.orig = getelementptr float, ptr %own.14, i64 %.1982.i.lver.orig.lver.orig
  %.1987.i.lver.orig.lver.orig = load float, ptr %.1986.i.lver.orig.lver.orig, align 4
  %.2040.i.lver.orig.lver.orig = getelementptr i8, ptr %.1986.i.lver.orig.lver.orig, i64 4
  %.2041.i.lver.orig.lver.orig = load float, ptr %.2040.i.lver.orig.lver.orig, align 4
  %.2094.i.lver.orig.lver.orig = getelementptr i8, ptr %.1986.i.lver.orig.lver.orig, i64 8
  %.2095.i.lver.orig.lver.orig = load float, ptr %.2094.i.lver.orig.lver.orig, align 4
  %.2097.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.1987.i.lver.orig.lver.orig, %.1987.i.lver.orig.lver.orig
  %.2098.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.2041.i.lver.orig.lver.orig, %.2041.i.lver.orig.lver.orig
  %.2099.i.lver.orig.lver.orig = fadd reassoc nsz arcp contract float %.2098.i.lver.orig.lver.orig, %.2097.i.lver.orig.lver.orig
  %.2100.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.2095.i.lver.orig.lver.orig, %.2095.i.lver.orig.lver.orig
  %.2101.i.lver.orig.lver.orig = fadd reassoc nsz arcp contract float %.2099.i.lver.orig.lver.orig, %.2100.i.lver.orig.lver.orig
  %sqrt.le.i.lver.orig.lver.orig = tail call reassoc nsz arcp contract float @llvm.sqrt.f32(float %.2101.i.lver.orig.lver.orig)
  %.2115.i.lver.orig.lver.orig = fadd reassoc nsz arcp contract float %sqrt.le.i.lver.orig.lver.orig, 0x3E112E0BE0000000
  %.2119.i.lver.orig.lver.orig = fdiv reassoc nsz arcp contract float 1.000000e+00, %.2115.i.lver.orig.lver.orig
  %.2120.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.2119.i.lver.orig.lver.orig, %.1987.i.lver.orig.lver.orig
  %.2121.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.2119.i.lver.orig.lver.orig, %.2041.i.lver.orig.lver.orig
  %.2122.i.lver.orig.lver.orig = fmul reassoc nsz arcp contract float %.2119.i.lver.orig.lver.orig, %.2095.i.lver.orig.lver.orig
  store float %.2120.i.lver.orig.lver.orig, ptr %.1986.i.lver.orig.lver.orig, align 4
  store float %.2121.i.lver.orig.lver.orig, ptr %.2040.i.lver.orig.lver.orig, align 4
  store float %.2122.i.lver.orig.lver.orig, ptr %.2094.i.lver.orig.lver.orig, align 4
  %exitcond789.not.i.lver.orig.lver.orig = icmp eq i64 %own.17, %.1909.i.lver.orig.lver.orig
  br i1 %exitcond789.not.i.lver.orig.lver.orig, label %raster.normals.inner.exit, label %B716.if.i.lver.orig.lver.orig

B716.if.i.ph:                                     ; preds = %B716.if.i.lver.check
  %scevgep = getelementptr i8, ptr %own.14, i64 4
  %load_initial = load float, ptr %scevgep, align 4
  br label %B716.if.i

B550.i:                                           ; preds = %switch.2.i, %switch.1.i, %B548.if.i
  %.pre-phi.i = phi i64 [ %.667.i, %switch.1.i ], [ %.1000.i, %switch.2.i ], [ %.722.i, %B548.if.i ]
  %.1405.i = phi i32 [ %.607.i, %switch.1.i ], [ %.661.i, %switch.2.i ], [ %.553.i, %B548.if.i ]
  %.1414.i = add nuw nsw i64 %.1355.0779.i, 1
  %.1466.i = icmp slt i32 %.1405.i, 0
  %.1467.i = select i1 %.1466.i, i64 %own.17, i64 0
  %.1468.i = add i64 %.1467.i, %.pre-phi.i
  %.1488.i = mul i64 %.1468.i, %own.18
  %.1492.i = getelementptr float, ptr %own.14, i64 %.1488.i
  %.1493.i = load float, ptr %.1492.i, align 4
  %.1495.i = fadd reassoc nsz arcp contract float %.1330.i, %.1493.i
  store float %.1495.i, ptr %.1492.i, align 4
  %.1602.i = getelementptr i8, ptr %.1492.i, i64 4
  %.1603.i = load float, ptr %.1602.i, align 4
  %.1605.i = fadd reassoc nsz arcp contract float %.1333.i, %.1603.i
  store float %.1605.i, ptr %.1602.i, align 4
  %.1712.i = getelementptr i8, ptr %.1492.i, i64 8
  %.1713.i = load float, ptr %.1712.i, align 4
  %.1715.i = fadd reassoc nsz arcp contract float %.1336.i, %.1713.i
  store float %.1715.i, ptr %.1712.i, align 4
  %exitcond787.not.i = icmp eq i64 %.1414.i, 3
  br i1 %exitcond787.not.i, label %B156.loopexit.i, label %B548.if.i

B56.if.i:                                         ; preds = %0, %B56.if.i
  %.102.0777.i = phi i64 [ %.173.i, %B56.if.i ], [ 0, %0 ]
  %.173.i = add nuw nsw i64 %.102.0777.i, 1
  %.246.i = mul i64 %.102.0777.i, %own.18
  %.250.i = getelementptr float, ptr %own.14, i64 %.246.i
  store float 0.000000e+00, ptr %.250.i, align 4
  %.305.i = getelementptr i8, ptr %.250.i, i64 4
  store float 0.000000e+00, ptr %.305.i, align 4
  %.360.i = getelementptr i8, ptr %.250.i, i64 8
  store float 0.000000e+00, ptr %.360.i, align 4
  %exitcond.not.i = icmp eq i64 %own.17, %.173.i
  br i1 %exitcond.not.i, label %B104.i, label %B56.if.i

B156.if.i:                                        ; preds = %B104.i, %B156.loopexit.i
  %.406.0781.i = phi i64 [ %.475.i, %B156.loopexit.i ], [ 0, %B104.i ]
  %.475.i = add nuw nsw i64 %.406.0781.i, 1
  %.548.i = mul i64 %.406.0781.i, %own.4
  %.552.i = getelementptr i32, ptr %own.0, i64 %.548.i
  %.553.i = load i32, ptr %.552.i, align 4
  %.606.i = getelementptr i8, ptr %.552.i, i64 4
  %.607.i = load i32, ptr %.606.i, align 4
  %.660.i = getelementptr i8, ptr %.552.i, i64 8
  %.661.i = load i32, ptr %.660.i, align 4
  %.667.i = sext i32 %.607.i to i64
  %.689.i = icmp slt i32 %.607.i, 0
  %.690.i = select i1 %.689.i, i64 %own.10, i64 0
  %.691.i = add i64 %.690.i, %.667.i
  %.711.i = mul i64 %.691.i, %own.11
  %.715.i = getelementptr float, ptr %own.7, i64 %.711.i
  %.716.i = load float, ptr %.715.i, align 4
  %.722.i = sext i32 %.553.i to i64
  %.744.i = icmp slt i32 %.553.i, 0
  %.745.i = select i1 %.744.i, i64 %own.10, i64 0
  %.746.i = add i64 %.745.i, %.722.i
  %.766.i = mul i64 %.746.i, %own.11
  %.770.i = getelementptr float, ptr %own.7, i64 %.766.i
  %.771.i = load float, ptr %.770.i, align 4
  %.772.i = fsub reassoc nsz arcp contract float %.716.i, %.771.i
  %.826.i = getelementptr i8, ptr %.715.i, i64 4
  %.827.i = load float, ptr %.826.i, align 4
  %.881.i = getelementptr i8, ptr %.770.i, i64 4
  %.882.i = load float, ptr %.881.i, align 4
  %.883.i = fsub reassoc nsz arcp contract float %.827.i, %.882.i
  %.937.i = getelementptr i8, ptr %.715.i, i64 8
  %.938.i = load float, ptr %.937.i, align 4
  %.992.i = getelementptr i8, ptr %.770.i, i64 8
  %.993.i = load float, ptr %.992.i, align 4
  %.994.i = fsub reassoc nsz arcp contract float %.938.i, %.993.i
  %.1000.i = sext i32 %.661.i to i64
  %.1022.i = icmp slt i32 %.661.i, 0
  %.1023.i = select i1 %.1022.i, i64 %own.10, i64 0
  %.1024.i = add i64 %.1023.i, %.1000.i
  %.1044.i = mul i64 %.1024.i, %own.11
  %.1048.i = getelementptr float, ptr %own.7, i64 %.1044.i
  %.1049.i = load float, ptr %.1048.i, align 4
  %.1105.i = fsub reassoc nsz arcp contract float %.1049.i, %.771.i
  %.1159.i = getelementptr i8, ptr %.1048.i, i64 4
  %.1160.i = load float, ptr %.1159.i, align 4
  %.1216.i = fsub reassoc nsz arcp contract float %.1160.i, %.882.i
  %.1270.i = getelementptr i8, ptr %.1048.i, i64 8
  %.1271.i = load float, ptr %.1270.i, align 4
  %.1327.i = fsub reassoc nsz arcp contract float %.1271.i, %.993.i
  %.1328.i = fmul reassoc nsz arcp contract float %.1327.i, %.883.i
  %1 = fmul reassoc nsz arcp contract float %.994.i, %.1216.i
  %.1330.i = fsub reassoc nsz arcp contract float %.1328.i, %1
  %.1331.i = fmul reassoc nsz arcp contract float %.1105.i, %.994.i
  %2 = fmul reassoc nsz arcp contract float %.772.i, %.1327.i
  %.1333.i = fsub reassoc nsz arcp contract float %.1331.i, %2
  %.1334.i = fmul reassoc nsz arcp contract float %.1216.i, %.772.i
  %3 = fmul reassoc nsz arcp contract float %.883.i, %.1105.i
  %.1336.i = fsub reassoc nsz arcp contract float %.1334.i, %3
  br label %B548.if.i

B548.if.i:                                        ; preds = %B156.if.i, %B550.i
  %.1355.0779.i = phi i64 [ 0, %B156.if.i ], [ %.1414.i, %B550.i ]
  switch i64 %.1355.0779.i, label %default.unreachable [
    i64 0, label %B550.i
    i64 2, label %switch.2.i
    i64 1, label %switch.1.i
  ]

default.unreachable:                              ; preds = %B548.if.i
  unreachable

switch.1.i:                                       ; preds = %B548.if.i
  br label %B550.i

switch.2.i:                                       ; preds = %B548.if.i
  br label %B550.i

B716.if.i:                                        ; preds = %B716.if.i.ph, %B716.if.i
  %store_forwarded = phi float [ %load_initial, %B716.if.i.ph ], [ %.2122.i, %B716.if.i ]
  %.1840.0785.i = phi i64 [ 0, %B716.if.i.ph ], [ %.1909.i, %B716.if.i ]
  %.1909.i = add nuw nsw i64 %.1840.0785.i, 1
  %.1986.i = getelementptr float, ptr %own.14, i64 %.1840.0785.i
  %.1987.i = load float, ptr %.1986.i, align 4
  %.2040.i = getelementptr i8, ptr %.1986.i, i64 4
  %.2094.i = getelementptr i8, ptr %.1986.i, i64 8
  %.2095.i = load float, ptr %.2094.i, align 4
  %.2097.i = fmul reassoc nsz arcp contract float %.1987.i, %.1987.i
  %.2098.i = fmul reassoc nsz arcp contract float %store_forwarded, %store_forwarded
  %.2099.i = fadd reassoc nsz arcp contract float %.2097.i, %.2098.i
  %.2100.i = fmul reassoc nsz arcp contract float %.2095.i, %.2095.i
  %.2101.i = fadd reassoc nsz arcp contract float %.2099.i, %.2100.i
  %sqrt.le.i = tail call reassoc nsz arcp contract float @llvm.sqrt.f32(float %.2101.i)
  %.2115.i = fadd reassoc nsz arcp contract float %sqrt.le.i, 0x3E112E0BE0000000
  %.2119.i = fdiv reassoc nsz arcp contract float 1.000000e+00, %.2115.i
  %.2120.i = fmul reassoc nsz arcp contract float %.2119.i, %.1987.i
  %.2121.i = fmul reassoc nsz arcp contract float %.2119.i, %store_forwarded
  %.2122.i = fmul reassoc nsz arcp contract float %.2119.i, %.2095.i
  store float %.2120.i, ptr %.1986.i, align 4
  store float %.2121.i, ptr %.2040.i, align 4
  store float %.2122.i, ptr %.2094.i, align 4
  %exitcond789.not.i = icmp eq i64 %own.17, %.1909.i
  br i1 %exitcond789.not.i, label %raster.normals.inner.exit, label %B716.if.i

raster.normals.inner.exit:                        ; preds = %B716.if.i.lver.orig.lver.orig, %B716.if.i, %B716.preheader.i
  ret void
}

declare float @llvm.sqrt.f32(float)


